// One GObject in JavaScript. There is one handle per object, so that the same object is the same value. Its methods are
// defined by topic in the files handle_*.cc.
#pragma once

#include <gst/gst.h>
#include <napi.h>

namespace rivero {

class Handle : public Napi::ObjectWrap<Handle> {
 public:
  explicit Handle(const Napi::CallbackInfo& info);
  ~Handle() override;

  static void Export(Napi::Env env, Napi::Object exports);
  // The caller keeps its reference.
  static Napi::Value Wrap(Napi::Env env, gpointer object);
  // Null when the value is no handle; nothing is thrown.
  static Handle* From(Napi::Value value);
  GObject* object() const { return object_; }

  static size_t Count();
  static void StopPipelines();

 private:
  using Info = const Napi::CallbackInfo&;
  using Method = InstanceWrap<Handle>::PropertyDescriptor;
  static void AppendObjectMethods(std::vector<Method>* methods);
  static void AppendElementMethods(std::vector<Method>* methods);
  static void AppendBinMethods(std::vector<Method>* methods);
  static void AppendPadMethods(std::vector<Method>* methods);
  static void AppendProbeMethods(std::vector<Method>* methods);
  static void AppendAppMethods(std::vector<Method>* methods);
  static void AppendMeterMethods(std::vector<Method>* methods);

  // The object as what the method is for; null, with INVALID_ARGUMENT thrown, when it is something else.
  GstObject* Object(Info info);
  GstElement* Element(Info info);
  GstBin* Bin(Info info);
  GstPad* Pad(Info info);
  // The same for a handle among the arguments.
  static GObject* Argument(Info info, size_t position, GType type);

  // handle_object.cc
  Napi::Value Kind(Info info);
  Napi::Value Name(Info info);
  Napi::Value TypeName(Info info);
  Napi::Value Path(Info info);
  Napi::Value IsWithin(Info info);
  Napi::Value Parent(Info info);
  Napi::Value Get(Info info);
  void Set(Info info);
  Napi::Value Properties(Info info);
  Napi::Value On(Info info);
  Napi::Value Emit(Info info);
  void Dispose(Info info);

  // handle_element.cc
  Napi::Value StaticPad(Info info);
  Napi::Value RequestPad(Info info);
  void ReleasePad(Info info);
  Napi::Value Pads(Info info);
  Napi::Value AddGhostPad(Info info);
  void LinkElement(Info info);
  Napi::Value OnPadAdded(Info info);
  Napi::Value SetState(Info info);
  Napi::Value State(Info info);
  Napi::Value SyncStateWithParent(Info info);
  void LockState(Info info);
  Napi::Value FactoryName(Info info);
  Napi::Value Query(Info info);
  Napi::Value QueryLatency(Info info);
  Napi::Value Seek(Info info);
  Napi::Value SendEvent(Info info);

  // handle_bin.cc
  void Add(Info info);
  void Remove(Info info);
  Napi::Value Children(Info info);
  Napi::Value Child(Info info);
  Napi::Value Dot(Info info);
  Napi::Value RecalculateLatency(Info info);
  void UseSystemClock(Info info);
  Napi::Value ClockTime(Info info);
  Napi::Value BaseTime(Info info);
  void SetBaseTime(Info info);
  void StartTimeNone(Info info);
  void OnMessage(Info info);

  // handle_pad.cc
  Napi::Value Direction(Info info);
  void LinkPad(Info info);
  Napi::Value Unlink(Info info);
  Napi::Value Peer(Info info);
  void SetTarget(Info info);
  Napi::Value CurrentCaps(Info info);
  Napi::Value QueryCaps(Info info);
  void SetActive(Info info);
  Napi::Value Offset(Info info);
  void SetOffset(Info info);

  // handle_probe.cc
  Napi::Value Hold(Info info);
  Napi::Value Idle(Info info);
  Napi::Value FirstBuffer(Info info);
  Napi::Value BufferProbe(Info info);
  Napi::Value EventProbe(Info info);

  // handle_meter.cc
  Napi::Value FrameMeter(Info info);
  Napi::Value RefuseWaiting(Info info);
  Napi::Value MakeFrameGate(Info info);

  // handle_app.cc
  void OnSample(Info info);
  void Collect(Info info);
  Napi::Value TakeSamples(Info info);
  Napi::Value SampleDrops(Info info);
  Napi::Value Push(Info info);

  static Napi::FunctionReference constructor;
  GObject* object_ = nullptr;
};

}  // namespace rivero
