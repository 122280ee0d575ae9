/**
 * The memory that TypeScript shares with the addon. native/layout.h is its mirror: change both together.
 * Field names are indexes into the typed arrays of PacketEngine.
 */

/** Bytes of one slot of the slab; the longest datagram accepted. */
export const SLOT_SIZE = 2048;

/** Most packets handed over in one batch. */
export const BATCH_SIZE = 64;

/** Numbers from here on are virtual sockets, smaller ones sockets of the kernel. */
export const FIRST_VIRTUAL_SOCKET = 8192;

/** A consumer record's session when it has none. */
export const NO_SESSION = 0xffffffff;

/** Bytes per received packet in `addresses`: family 4 or 6, 0, port (16 bit big-endian), 16 bytes of address. */
export const ADDRESS_STRIDE = 20;

/** What a received datagram is (RFC 7983, RFC 5761). */
export const PacketKind = { Stun: 0, Dtls: 1, Rtp: 2, Rtcp: 3 } as const;
export type PacketKind = (typeof PacketKind)[keyof typeof PacketKind];

/** One received packet of the batch, in `descriptors`. Those of other kinds leave RTP fields 0 (Stream -1). */
export const Descriptor = {
  /** PacketKind */
  Kind: 0,
  /** The session its source belongs to, -1 when unknown (STUN only). */
  Session: 1,
  /** Where its bytes are: slab offset Slot * SLOT_SIZE. Slots of STUN, DTLS and RTCP are valid during the batch only. */
  Slot: 2,
  /** Bytes, after decryption, padding included. */
  Length: 3,
  /** Roll-over counter << 16 | sequence number, the low 32 bits as int32. */
  ExtendedSequence: 4,
  /** RTP timestamp as int32. */
  Timestamp: 5,
  /** SSRC as int32; of RTCP the sender's. */
  Ssrc: 6,
  /** Number of the SSRC within its session, from 0; stays the same until the stream was reset and displaced. */
  Stream: 7,
  PayloadOffset: 8,
  /** Bytes without padding. */
  PayloadLength: 9,
  /** When the kernel received it: microseconds of the wall clock, the low 32 bits as int32. */
  ArrivalUs: 10,
  /** Payload type | marker << 7. */
  TypeAndMarker: 11,
  Socket: 12,
  /** 1 when this packet made its source the one that `latchRemote` was waiting for. */
  Latched: 13,
  Stride: 16,
} as const;

/** One slot of the slab, in `slotMeta`. */
export const SlotMeta = {
  /** Changes whenever the slot gets other contents; 0: never used. */
  ReceiveNumber: 0,
  /** Payload offset | marker << 16. */
  OffsetAndMarker: 1,
  /** Bytes without padding. */
  PayloadLength: 2,
  /** Arrival as 24-bit abs-send-time. */
  AbsSendTime: 3,
  Stride: 4,
} as const;

/** One packet to send, in `commands`. */
export const Command = {
  Slot: 0,
  /** Consumer | CommandFlag << 24. */
  ConsumerAndFlags: 1,
  /** Roll-over counter << 16 | sequence number to send, as int32. */
  ExtendedSequence: 2,
  /** RTP timestamp to send, as int32. */
  Timestamp: 3,
  Stride: 4,
} as const;

export const COMMAND_FLAG_SHIFT = 24;

export const CommandFlag = {
  /** RFC 4588: the original sequence number (OSN) stands in the next entry. */
  Rtx: 1,
  /** Some of the first bytes of the payload are replaced, as the next entry says. */
  Patch: 2,
  /** The marker bit is set, whatever the packet came with. The next entry is there, and unused. */
  Marker: 4,
  /** The payload is left out: the packet only takes up its sequence number. The next entry is there too. */
  Empty: 8,
  /** The appended dependency descriptor gets another frame number, as the next entry says. */
  FrameNumber: 16,
  /** The appended dependency descriptor tells of active decode targets, as the next entry says. */
  ActiveTargets: 32,
} as const;

/** The entry after a command with flags. */
export const CommandMore = {
  /** 16 bits; above them the number of decode targets (1 … 16). */
  OriginalSequence: 0,
  /** Offset within the payload | number of bytes (1 to 4) << 8; together at most MAX_PATCH_END. */
  PatchPlace: 1,
  /** The bytes, the first one in the low 8 bits. */
  PatchBytes: 2,
  /** 16 bits; above them the mask of active decode targets. */
  NewFrameNumber: 3,
} as const;

/** A patch lies within so many bytes from the start of the payload: payload descriptors do. */
export const MAX_PATCH_END = 16;

/** One outgoing stream to one receiver, in `consumers`. */
export const ConsumerRecord = {
  Session: 0,
  Ssrc: 1,
  PayloadType: 2,
  /** ConsumerFlag */
  Flags: 3,
  /** Bytes of the extension block with its 4-byte header, a multiple of 4 up to 64; 0: none. */
  ExtensionLength: 4,
  /** Offset of the abs-send-time data within the extension block, 0: none. */
  AbsSendTimeOffset: 5,
  /** Offset of the transport-wide sequence number's data within the extension block, 0: none. */
  TransportSequenceOffset: 6,
  /**
   * Four entries, incoming id | offset of the data within the block << 8 | room << 16, 0: none. The element's id stands
   * in the template; an element that did not come, or is longer than the room, becomes padding.
   */
  CopyExtensions: 7,
  /** Counts what was sent, for sender reports (RFC 3550 section 6.4.1); octets are those of the payload. */
  PacketsSent: 11,
  OctetsSentLow: 12,
  OctetsSentHigh: 13,
  /** RTP timestamp of the last packet. */
  LastTimestamp: 14,
  /**
   * Incoming id | outgoing id << 8 of an element of any length that is put behind the block, whose template then has the
   * two-byte form; 0: none.
   */
  AppendExtension: 15,
  /** 64 bytes from here: the extension block. */
  ExtensionTemplate: 16,
  Stride: 32,
} as const;

export const ConsumerFlag = {
  /**
   * Sending a slot again gives the same bytes: abs-send-time is the packet's arrival and the transport-wide sequence
   * number is left out. Needed where packets are resent without RTX, because encrypting other bytes under the same
   * SSRC and sequence number gives an AEAD key away. Set it before the first packet: a consumer that has once sent
   * without it never repeats.
   */
  Deterministic: 1,
} as const;

/** Packets for virtual sockets: their count, then records; packet i is at i * PacketStride of the outbox. */
export const Outbox = {
  Packets: 64,
  PacketStride: 2304,
  Count: 0,
  FirstRecord: 2,
  /** Fields of a record. */
  Session: 0,
  Length: 1,
  RecordStride: 2,
} as const;

/**
 * What was sent with transport-wide sequence numbers, in `sent`: Stride words for each session. The entry of a packet is at
 * First + sequence number mod Packets: time of sending (monotonic, units of 16 µs, wrapping) << 12 | bytes.
 */
export const SentRing = {
  Packets: 1024,
  /** The transport-wide sequence number that comes next. */
  Next: 0,
  First: 2,
  Stride: 1026,
} as const;

/** Totals since the engine was made, in `counters`. */
export const Counter = {
  PacketsReceived: 0,
  BytesReceived: 1,
  ReceiveCalls: 2,
  Batches: 3,
  PacketsSent: 4,
  BytesSent: 5,
  SendCalls: 6,
  /** Datagrams handed to the kernel; with GSO one may hold many packets. */
  MessagesSent: 7,
  DroppedMalformed: 8,
  DroppedUnknownAddress: 9,
  DroppedNoKeys: 10,
  DroppedAuthentication: 11,
  DroppedReplayed: 12,
  DroppedSsrcLimit: 13,
  DroppedBadCommand: 14,
  /** The session has no keys or no remote address. */
  DroppedNoDestination: 15,
  DroppedSendQueueFull: 16,
  DroppedSendError: 17,
  GsoFallbacks: 18,
  /** A sequence number that a consumer without the flag Deterministic has sent before, or far behind the newest. */
  DroppedRepeated: 19,
  /** Packets handed to sender threads. */
  HandedOver: 20,
  /** More in a second than maxPacketsPerSecond and maxStunPerSecond allow. */
  DroppedRate: 21,
  Count: 32,
} as const;
