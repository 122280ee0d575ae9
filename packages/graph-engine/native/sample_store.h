// Samples of an appsink that wait until JavaScript asks for them: one wake-up for many frames.
#pragma once

#include <gst/app/gstappsink.h>
#include <napi.h>

#include <deque>
#include <memory>
#include <mutex>

namespace rivero {

class SampleStore {
 public:
  // What comes while `most` samples wait is dropped and counted. The sink keeps the store.
  static std::shared_ptr<SampleStore> Attach(GstAppSink* sink, size_t most);

  explicit SampleStore(size_t most) : most_(most) {}
  SampleStore(const SampleStore&) = delete;
  SampleStore& operator=(const SampleStore&) = delete;
  ~SampleStore();

  // Copies: {data: ArrayBuffer, fields: Float64Array, caps: string[]}, or undefined when nothing waits. Seven fields for each sample: bytes,
  // pts, dts, duration (running time, ns; -1 for none), 1 for a key frame, index of its caps, 1 when
  // something is missing before it.
  Napi::Value Take(Napi::Env env);
  uint64_t dropped();

 private:
  static GstFlowReturn Store(GstAppSink* sink, gpointer data);

  const size_t most_;
  std::mutex mutex_;
  std::deque<GstSample*> waiting_;
  uint64_t dropped_ = 0;
};

// Times of different streams can be compared as running time only: what a seek or a file does to a segment is taken out.
GstClockTime RunningTime(GstSample* sample, GstClockTime time);

}  // namespace rivero
