// The entry of the addon, and the layout of the shared memory for the test that compares it with src/layout.ts.
#include <napi.h>

#include "binding.h"
#include "layout.h"

namespace rivero {

namespace {

using namespace layout;

void ExportLayout(Napi::Env env, Napi::Object exports) {
  Napi::Object object = Napi::Object::New(env);
  const auto add = [&](const char* name, uint32_t value) { object.Set(name, Napi::Number::New(env, value)); };
  add("slotSize", kSlotSize);
  add("batchSize", kBatchSize);
  add("none", kNone);
  add("addressStride", kAddressStride);
  add("descriptor.payloadOffset", descriptor::kPayloadOffset);
  add("descriptor.socket", descriptor::kSocket);
  add("descriptor.stride", descriptor::kStride);
  add("slotMeta.absSendTime", slot_meta::kAbsSendTime);
  add("slotMeta.stride", slot_meta::kStride);
  add("command.timestamp", command::kTimestamp);
  add("command.stride", command::kStride);
  add("consumer.copyExtensions", consumer::kCopyExtensions);
  add("consumer.lastTimestamp", consumer::kLastTimestamp);
  add("consumer.extensionTemplate", consumer::kExtensionTemplate);
  add("consumer.stride", consumer::kStride);
  add("counter.droppedBadCommand", counter::kDroppedBadCommand);
  add("counter.gsoFallbacks", counter::kGsoFallbacks);
  add("counter.droppedRepeated", counter::kDroppedRepeated);
  add("counter.handedOver", counter::kHandedOver);
  add("counter.droppedRate", counter::kDroppedRate);
  add("sent.packets", sent::kPackets);
  add("sent.first", sent::kFirst);
  add("sent.stride", sent::kStride);
  add("outbox.packets", outbox::kPackets);
  add("outbox.packetStride", outbox::kPacketStride);
  add("outbox.firstRecord", outbox::kFirstRecord);
  add("outbox.recordStride", outbox::kRecordStride);
  add("firstVirtualSocket", kFirstVirtualSocket);
  exports.Set("layout", object);
}

}  // namespace

}  // namespace rivero

static Napi::Object Init(Napi::Env env, Napi::Object exports) {
  rivero::ExportEngine(env, exports);
  rivero::ExportDtls(env, exports);
  rivero::ExportSrtp(env, exports);
  rivero::ExportLayout(env, exports);
  return exports;
}

NODE_API_MODULE(packet_engine, Init)
