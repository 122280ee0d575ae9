// The memory that TypeScript and C++ share. src/layout.ts is its mirror: change both together
// (a test compares them through ExportLayout in binding_addon.cc).
#pragma once

#include <cstddef>
#include <cstdint>

namespace rivero::layout {

constexpr uint32_t kSlotSize = 2048;   // bytes of one slot of the slab, the longest datagram accepted
constexpr uint32_t kBatchSize = 64;    // packets handed to TypeScript in one call
constexpr uint32_t kFirstVirtualSocket = 8192;  // smaller numbers are sockets of the kernel
constexpr uint32_t kMaxVirtualSockets = 16384;
constexpr uint32_t kNone = 0xffffffff; // "no session" in a consumer record

enum PacketKind : int32_t { kStun = 0, kDtls = 1, kRtp = 2, kRtcp = 3 };

// One received packet of the batch: Int32Array.
namespace descriptor {
enum Field : uint32_t {
  kKind, kSession, kSlot, kLength, kExtendedSequence, kTimestamp, kSsrc, kStream,
  kPayloadOffset, kPayloadLength, kArrivalUs, kTypeAndMarker, kSocket, kLatched, kStride = 16
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
  kRtx = 1,    // RFC 4588: the original sequence number stands in the next entry
  kPatch = 2,  // some of the first bytes of the payload are replaced, as the next entry says
  kMarker = 4,  // the marker bit is set, whatever the packet came with
  kEmpty = 8,  // the payload is left out: the packet only takes up its sequence number
  kFrameNumber = 16,  // of the dependency descriptor that is appended: replaced, as the next entry says
  kActiveTargets = 32,  // the dependency descriptor that is appended tells of these, as the next entry says
};
// The entry after a command with flags. The high 16 bits of kOriginalSequence are the number of decode targets, those of
// kNewFrameNumber the mask of the active ones.
enum More : uint32_t { kOriginalSequence, kPatchPlace, kPatchBytes, kNewFrameNumber };
constexpr uint32_t kMaxPatchEnd = 16;  // bytes of the payload within which a patch lies
constexpr uint32_t kFlagShift = 24;
constexpr uint32_t kConsumerMask = 0xffffff;
}

// One outgoing stream to one receiver: Uint32Array.
namespace consumer {
enum Field : uint32_t {
  kSession, kSsrc, kPayloadType, kFlags, kExtensionLength, kAbsSendTimeOffset,
  kTransportSequenceOffset, kCopyExtensions, kPacketsSent = 11, kOctetsSentLow, kOctetsSentHigh,
  kLastTimestamp, kAppendExtension, kExtensionTemplate, kStride = 32
};
enum Flag : uint32_t {
  kDeterministic = 1,  // sending a slot again gives the same bytes
};
constexpr uint32_t kCopyExtensionCount = 4;
constexpr uint32_t kMaxExtensionLength = 64;
}

// Packets for virtual sockets: Uint32Array with the count, then records; packet i is at i * kPacketStride of the bytes.
namespace outbox {
constexpr uint32_t kPackets = 64;
constexpr uint32_t kPacketStride = 2304;
constexpr uint32_t kCount = 0;
constexpr uint32_t kFirstRecord = 2;
enum Field : uint32_t { kSession, kLength, kRecordStride };
}

// What was sent with transport-wide sequence numbers: Uint32Array, kStride words for each session. They are given one after the
// other; the entry of a packet is at kFirst + sequence number mod kPackets: time of sending << kTimeShift | bytes. Bit 11 is the
// reader's. Time is monotonic, in units of 16 us, and wraps after 16.8 s.
namespace sent {
constexpr uint32_t kPackets = 1024;
constexpr uint32_t kTimeUnitShift = 4;
constexpr uint32_t kTimeShift = 12;
constexpr uint32_t kMaxBytes = 2047;
constexpr uint32_t kNext = 0;  // the sequence number that comes next
constexpr uint32_t kFirst = 2;
constexpr uint32_t kStride = kFirst + kPackets;
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
  kHandedOver,
  kDroppedRate,
  kCount = 32
};
}

}  // namespace rivero::layout
