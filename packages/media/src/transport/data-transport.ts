import type { DtlsSession } from '@rivero/packet-engine';
import { type DataChannel, DataChannelPeer, SctpError } from '@rivero/sctp';
import type { NegotiatedSctp } from '@rivero/sdp';

/** Messages that wait for one slow peer, bytes; more are dropped and counted. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;
/** Largest message from the peer, bytes. */
export const MAX_MESSAGE_BYTES = 262_144;
/** Room for an SCTP packet in a DTLS record within 1200 bytes of UDP. */
const SCTP_MTU = 1150;

/** A message on a data channel. */
export interface DataMessage {
  label: string;
  data: Uint8Array;
  binary: boolean;
}

export interface DataTransportListener {
  dataChannelOpened(id: number): void;
  dataChannelClosed(id: number): void;
  dataMessage(message: DataMessage): void;
  /** The association ended. */
  dataClosed(reason: string): void;
}

export interface OpenParameters {
  label: string;
  ordered: boolean;
  /** ms; -1 = no bound. */
  maxPacketLifeTime: number;
  /** -1 = no bound. */
  maxRetransmits: number;
  protocol: string;
}

/** What went over one channel; bytes are those of the messages. */
export interface DataTraffic {
  messagesSent: number;
  bytesSent: number;
  messagesReceived: number;
  bytesReceived: number;
}

/** Data channels over a DTLS association that is connected (RFC 8261, RFC 8831). */
export class DataTransport {
  readonly #dtls: DtlsSession;
  readonly #listener: DataTransportListener;
  readonly #peer: DataChannelPeer;
  readonly #traffic = new Map<number, DataTraffic>();
  #closed = false;
  /** Messages that found the peer's queue full. */
  dropped = 0;

  constructor(
    dtls: DtlsSession,
    role: 'client' | 'server',
    sctp: NegotiatedSctp,
    randomBytes: (n: number) => Uint8Array,
    listener: DataTransportListener,
    now: number,
  ) {
    this.#dtls = dtls;
    this.#listener = listener;
    this.#peer = new DataChannelPeer({
      role,
      localPort: sctp.localPort,
      remotePort: sctp.remotePort,
      mtu: SCTP_MTU,
      maxMessageSize: MAX_MESSAGE_BYTES,
      remoteMaxMessageSize: sctp.remoteMaxMessageSize,
      randomBytes,
    });
    this.#peer.start(now);
  }

  get counters() {
    return this.#peer.counters;
  }

  get channels(): DataChannel[] {
    return this.#peer.channels();
  }

  /** Counts of a channel, from its opening on. */
  trafficOf(id: number): DataTraffic {
    let traffic = this.#traffic.get(id);
    if (traffic === undefined) {
      traffic = { messagesSent: 0, bytesSent: 0, messagesReceived: 0, bytesReceived: 0 };
      this.#traffic.set(id, traffic);
    }
    return traffic;
  }

  nextTimeout(): number {
    return this.#closed ? Number.POSITIVE_INFINITY : this.#peer.nextTimeout();
  }

  /** Takes what DTLS received, runs timers, sends what is due, and tells what happened. */
  pump(now: number): void {
    if (this.#closed) return;
    for (const packet of this.#dtls.takeIncoming()) this.#peer.handlePacket(now, packet);
    if (this.#peer.nextTimeout() <= now) this.#peer.handleTimeout(now);
    for (const event of this.#peer.takeEvents()) {
      if (this.#closed) return;
      switch (event.type) {
        case 'open':
          this.#listener.dataChannelOpened(event.channel.id);
          break;
        case 'closed':
          this.#traffic.delete(event.id);
          this.#listener.dataChannelClosed(event.id);
          break;
        case 'message': {
          const traffic = this.trafficOf(event.id);
          traffic.messagesReceived++;
          traffic.bytesReceived += event.data.length;
          const label = this.#peer.channel(event.id)?.label ?? '';
          this.#listener.dataMessage({ label, data: event.data, binary: event.binary });
          break;
        }
        case 'state':
          if (event.state === 'closed') this.#listener.dataClosed(event.detail);
          break;
        case 'bufferedAmountLow':
          break;
      }
    }
    for (const packet of this.#peer.takeOutgoing(now)) this.#dtls.send(packet);
  }

  /** @throws SctpError when there is no room for a further channel */
  open(now: number, parameters: OpenParameters): number {
    const { label, ordered, maxPacketLifeTime, maxRetransmits, protocol } = parameters;
    return this.#peer.open(now, {
      label,
      ordered,
      protocol,
      ...(maxRetransmits >= 0 ? { maxRetransmits } : maxPacketLifeTime >= 0 ? { maxPacketLifeTime } : {}),
    });
  }

  closeChannel(now: number, id: number): void {
    this.#peer.close(now, id);
  }

  /**
   * Sends a message on the channels of the same label; where there is none, on all that are open. A full queue drops it:
   * one slow receiver must not hold back the others or take the worker's memory.
   */
  send(now: number, message: DataMessage): void {
    const open = this.#peer.channels().filter(({ state }) => state === 'open');
    const sameLabel = open.filter(({ label }) => label === message.label);
    for (const { id } of sameLabel.length > 0 ? sameLabel : open) {
      if (this.#peer.totalBuffered + message.data.length > MAX_BUFFERED_BYTES) {
        this.dropped++;
        continue;
      }
      try {
        this.#peer.send(now, id, message.data, message.binary);
        const traffic = this.trafficOf(id);
        traffic.messagesSent++;
        traffic.bytesSent += message.data.length;
      } catch (error) {
        if (!(error instanceof SctpError)) throw error;
        this.dropped++;
      }
    }
  }

  /** Ends the association at once; the packets for that are left to DTLS. Idempotent. */
  close(now: number): void {
    if (this.#closed) return;
    this.#peer.abort(now);
    for (const packet of this.#peer.takeOutgoing(now)) this.#dtls.send(packet);
    this.#closed = true;
  }
}
