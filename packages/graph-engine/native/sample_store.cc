#include "sample_store.h"

#include "values.h"

namespace rivero {

namespace {

constexpr size_t kFields = 7;

using StorePointer = std::shared_ptr<SampleStore>;

void DropPointer(gpointer data) { delete static_cast<StorePointer*>(data); }

}  // namespace

GstClockTime RunningTime(GstSample* sample, GstClockTime time) {
  const GstSegment* segment = gst_sample_get_segment(sample);
  if (!GST_CLOCK_TIME_IS_VALID(time) || segment == nullptr || segment->format != GST_FORMAT_TIME) return time;
  guint64 running = 0;
  // A picture may be decoded before the segment begins.
  const gint sign = gst_segment_to_running_time_full(segment, GST_FORMAT_TIME, time, &running);
  return sign > 0 ? running : sign < 0 ? 0 : time;
}

StorePointer SampleStore::Attach(GstAppSink* sink, size_t most) {
  const auto store = std::make_shared<SampleStore>(most);
  GstAppSinkCallbacks callbacks = {};
  callbacks.new_sample = Store;
  gst_app_sink_set_callbacks(sink, &callbacks, new StorePointer(store), DropPointer);
  return store;
}

SampleStore::~SampleStore() {
  for (GstSample* sample : waiting_) gst_sample_unref(sample);
}

GstFlowReturn SampleStore::Store(GstAppSink* sink, gpointer data) {
  SampleStore& store = **static_cast<StorePointer*>(data);
  GstSample* sample = gst_app_sink_pull_sample(sink);
  if (sample == nullptr) return GST_FLOW_EOS;
  const std::lock_guard<std::mutex> lock(store.mutex_);
  if (gst_sample_get_buffer(sample) == nullptr || store.waiting_.size() >= store.most_) {
    store.dropped_++;
    gst_sample_unref(sample);
  } else {
    store.waiting_.push_back(sample);
  }
  return GST_FLOW_OK;
}

uint64_t SampleStore::dropped() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return dropped_;
}

Napi::Value SampleStore::Take(Napi::Env env) {
  std::deque<GstSample*> taken;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    taken.swap(waiting_);
  }
  if (taken.empty()) return env.Undefined();
  size_t bytes = 0;
  for (GstSample* sample : taken) bytes += gst_buffer_get_size(gst_sample_get_buffer(sample));
  Napi::ArrayBuffer data = Napi::ArrayBuffer::New(env, bytes);
  Napi::Float64Array fields = Napi::Float64Array::New(env, taken.size() * kFields);
  Napi::Array texts = Napi::Array::New(env);
  const GstCaps* last = nullptr;
  size_t at = 0;
  double* field = fields.Data();
  for (GstSample* sample : taken) {
    GstBuffer* buffer = gst_sample_get_buffer(sample);
    GstCaps* caps = gst_sample_get_caps(sample);
    // The text of caps takes longer to make than everything else here.
    if (texts.Length() == 0 || caps != last) {
      texts.Set(texts.Length(), caps == nullptr ? "" : TakeString(gst_caps_to_string(caps)));
      last = caps;
    }
    const gsize size = gst_buffer_extract(buffer, 0, static_cast<uint8_t*>(data.Data()) + at, bytes - at);
    field[0] = static_cast<double>(size);
    field[1] = TimeNumber(RunningTime(sample, GST_BUFFER_PTS(buffer)));
    field[2] = TimeNumber(RunningTime(sample, GST_BUFFER_DTS(buffer)));
    field[3] = TimeNumber(GST_BUFFER_DURATION(buffer));
    field[4] = GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT) ? 0 : 1;
    field[5] = texts.Length() - 1;
    field[6] = GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DISCONT) ? 1 : 0;
    field += kFields;
    at += size;
  }
  // Not before: caps are told apart by where they lie.
  for (GstSample* sample : taken) gst_sample_unref(sample);
  Napi::Object batch = Napi::Object::New(env);
  batch.Set("data", data);
  batch.Set("fields", fields);
  batch.Set("caps", texts);
  return batch;
}

}  // namespace rivero
