// The memory that TypeScript and C++ share. src/layout.ts is its mirror: change both together
// (a test compares them through ExportLayout in binding_addon.cc).
#pragma once

#include <cstddef>
#include <cstdint>

namespace rivero::layout {

constexpr uint32_t kSlotSize = 2048;   // bytes of one slot of the slab, the longest datagram accepted
constexpr uint32_t kBatchSize = 64;    // packets handed to TypeScript in one call
constexpr uint32_t kNone = 0xffffffff; // "no session" in a consumer record

enum PacketKind : int32_t { kStun = 0, kDtls = 1, kRtp = 2, kRtcp = 3 };

// One received packet of the batch: Int32Array.
namespace descriptor {
enum Field : uint32_t {
  kKind, kSession, kSlot, kLength, kExtendedSequence, kTimestamp, kSsrc, kStream,
  kPayloadOffset, kPayloadLength, kArrivalUs, kTypeAndMarker, kSocket, kStride = 16
};
}

// Source of one received packet: bytes [family 4|6, 0, port (2, big-endian), address (16)].
constexpr uint32_t kAddressStride = 20;

// One slot of the slab: Uint32Array.
namespace slot_meta {
enum Field : uint32_t { kReceiveNumber, kOffsetAndMarker, kPayloadLength, kAbsSendTime, kStride };
}

// One thing to send: Int32Array.
namespace command {
enum Field : uint32_t { kSlot, kConsumerAndFlags, kExtendedSequence, kTimestamp, kStride };
enum Flag : uint32_t {
  kRtx = 1,   // RFC 4588: the next entry's first word is the original sequence number
};
constexpr uint32_t kFlagShift = 24;
constexpr uint32_t kConsumerMask = 0xffffff;
}

// One outgoing stream to one receiver: Uint32Array.
namespace consumer {
enum Field : uint32_t {
  kSession, kSsrc, kPayloadType, kFlags, kExtensionLength, kAbsSendTimeOffset,
  kTransportSequenceOffset, kCopyExtensions, kPacketsSent = 11, kOctetsSentLow, kOctetsSentHigh,
  kLastTimestamp, kReserved, kExtensionTemplate, kStride = 32
};
enum Flag : uint32_t {
  kDeterministic = 1,  // sending a slot again gives the same bytes
};
constexpr uint32_t kCopyExtensionCount = 4;
constexpr uint32_t kMaxExtensionLength = 64;
}

// Totals since the engine was made: Float64Array.
namespace counter {
enum Field : uint32_t {
  kPacketsReceived, kBytesReceived, kReceiveCalls, kBatches,
  kPacketsSent, kBytesSent, kSendCalls, kMessagesSent,
  kDroppedMalformed, kDroppedUnknownAddress, kDroppedNoKeys, kDroppedAuthentication,
  kDroppedReplayed, kDroppedSsrcLimit,
  kDroppedBadCommand, kDroppedNoDestination, kDroppedSendQueueFull, kDroppedSendError,
  kGsoFallbacks,
  kDroppedRepeated,
  kCount = 32
};
}

}  // namespace rivero::layout
