import { SctpAssociation } from '../association/association.js';
import type {
  AssociationCounters,
  AssociationEvent,
  AssociationState,
  AssociationStatistics,
} from '../association/types.js';
import { SctpError } from '../errors.js';
import type { InboundMessage } from '../receive/reassembly.js';
import { type DataChannelOpen, DcepType, PayloadProtocol, parseOpen, writeOpen } from './dcep.js';
import {
  type DataChannel,
  DataChannelCounters,
  type DataChannelEvent,
  type DataChannelPeerOptions,
  type DataChannelState,
  type OpenOptions,
} from './types.js';

const DEFAULT_MAX_CHANNELS = 1024;
const EMPTY = new Uint8Array(1);
const DCEP = { protocol: PayloadProtocol.Dcep, control: true } as const;

interface Channel extends DataChannelOpen {
  id: number;
  negotiated: boolean;
  remote: boolean;
  state: DataChannelState;
  /** The peer knows the channel: messages may overtake the DATA_CHANNEL_OPEN (RFC 8832 section 6). */
  acknowledged: boolean;
  outgoingReset: boolean;
  incomingReset: boolean;
}

/**
 * Data channels of one peer connection (RFC 8831, RFC 8832) over an SCTP association. Times are milliseconds. After
 * every call, send what takeOutgoing gives, take the events, and ask nextTimeout.
 */
export class DataChannelPeer {
  readonly counters = new DataChannelCounters();
  readonly #association: SctpAssociation;
  readonly #role: 'client' | 'server';
  readonly #maxChannels: number;
  readonly #channels = new Map<number, Channel>();
  #events: DataChannelEvent[] = [];
  /** Receive window held by the messages in #events. */
  #cost = 0;

  /** @throws SctpError INVALID_ARGUMENT */
  constructor(options: DataChannelPeerOptions) {
    this.#association = new SctpAssociation(options);
    this.#role = options.role;
    this.#maxChannels = Math.min(options.maxChannels ?? DEFAULT_MAX_CHANNELS, this.#association.maxStreams);
  }

  get state(): AssociationState {
    return this.#association.state;
  }

  get associationCounters(): AssociationCounters {
    return this.#association.counters;
  }

  statistics(): AssociationStatistics | undefined {
    return this.#association.statistics();
  }

  start(now: number): void {
    this.#association.start(now);
  }

  /** Never throws. */
  handlePacket(now: number, data: Uint8Array): void {
    this.#association.handlePacket(now, data);
    this.#drain(now);
  }

  /** Absolute time at which handleTimeout wants to be called, Infinity when idle. */
  nextTimeout(): number {
    return this.#association.nextTimeout();
  }

  handleTimeout(now: number): void {
    this.#association.handleTimeout(now);
    this.#drain(now);
  }

  /** SCTP packets for the DTLS connection. */
  takeOutgoing(now: number): Uint8Array[] {
    const packets = this.#association.takeOutgoing(now);
    this.#noticeLow();
    return packets;
  }

  /** Until they are taken, messages take up the receive window. */
  takeEvents(): readonly DataChannelEvent[] {
    const events = this.#events;
    this.#events = [];
    if (this.#cost > 0) this.#association.release(this.#cost);
    this.#cost = 0;
    return events;
  }

  channel(id: number): DataChannel | undefined {
    const channel = this.#channels.get(id);
    return channel && describe(channel);
  }

  channels(): DataChannel[] {
    return [...this.#channels.values()].map(describe);
  }

  /**
   * Opens a channel, also before the association is set up; gives its id. Messages may be sent at once.
   * @throws SctpError INVALID_ARGUMENT, INVALID_STATE, NO_FREE_STREAM, BUFFER_FULL
   */
  open(now: number, options: OpenOptions): number {
    this.#assertAlive();
    const { maxRetransmits, maxPacketLifeTime, negotiated = false } = options;
    if (maxRetransmits !== undefined && maxPacketLifeTime !== undefined) {
      throw new SctpError('INVALID_ARGUMENT', 'maxRetransmits and maxPacketLifeTime exclude each other');
    }
    for (const [name, value] of Object.entries({
      maxRetransmits,
      maxPacketLifeTime,
      priority: options.priority,
    })) {
      if (value !== undefined && !(Number.isInteger(value) && value >= 0 && value <= 65_535)) {
        throw new SctpError('INVALID_ARGUMENT', `${name} is 0 to 65535`);
      }
    }
    if (negotiated && options.id === undefined) {
      throw new SctpError('INVALID_ARGUMENT', 'a negotiated channel needs an id');
    }
    const id = this.#chooseId(options.id, negotiated);
    const channel: Channel = {
      id,
      label: options.label,
      protocol: options.protocol ?? '',
      ordered: options.ordered ?? true,
      priority: options.priority ?? 256,
      ...(maxRetransmits === undefined ? {} : { maxRetransmits }),
      ...(maxPacketLifeTime === undefined ? {} : { maxPacketLifeTime }),
      negotiated,
      remote: false,
      state: 'connecting',
      acknowledged: negotiated,
      outgoingReset: false,
      incomingReset: false,
    };
    if (!negotiated) {
      const message = writeOpen(channel);
      if (message === undefined) {
        throw new SctpError('INVALID_ARGUMENT', 'label and protocol have at most 65535 bytes');
      }
      this.#association.send(now, message, { stream: id, ...DCEP });
    }
    this.#channels.set(id, channel);
    if (negotiated && this.state === 'connected') this.#opened(channel);
    return id;
  }

  /**
   * Sends a string, or bytes as binary or (`binary` false) as the UTF-8 of a string. Bytes are not copied.
   * @throws SctpError UNKNOWN_CHANNEL, INVALID_STATE, MESSAGE_TOO_LARGE, BUFFER_FULL
   */
  send(now: number, id: number, data: string | Uint8Array, binary = typeof data !== 'string'): void {
    const channel = this.#channels.get(id);
    if (channel === undefined) throw new SctpError('UNKNOWN_CHANNEL', `no channel ${id}`);
    if (channel.state !== 'connecting' && channel.state !== 'open') {
      throw new SctpError('INVALID_STATE', `channel ${id} is closing`);
    }
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
    const empty = bytes.length === 0;
    const { StringEmpty, String: Text, BinaryEmpty, Binary } = PayloadProtocol;
    const { maxRetransmits, maxPacketLifeTime } = channel;
    this.#association.send(now, empty ? EMPTY : bytes, {
      stream: id,
      protocol: binary ? (empty ? BinaryEmpty : Binary) : empty ? StringEmpty : Text,
      unordered: !channel.ordered && channel.acknowledged,
      ...(maxRetransmits === undefined ? {} : { maxRetransmissions: maxRetransmits }),
      ...(maxPacketLifeTime === undefined ? {} : { lifetime: maxPacketLifeTime }),
    });
    this.counters.messagesSent++;
    this.counters.bytesSent += bytes.length;
  }

  /** Closes a channel after what is queued has arrived; event closed. Unknown and closing channels are left alone. */
  close(now: number, id: number): void {
    const channel = this.#channels.get(id);
    if (channel === undefined || channel.state === 'closing') return;
    channel.state = 'closing';
    this.#association.resetStream(now, id);
    this.#drain(now);
  }

  /** Bytes queued and not yet sent. */
  bufferedAmount(id: number): number {
    return this.#association.bufferedAmount(id);
  }

  /** Bytes queued or not yet acknowledged, over all channels. */
  get totalBuffered(): number {
    return this.#association.totalBuffered;
  }

  setBufferedAmountLowThreshold(id: number, bytes: number): void {
    if (this.#channels.has(id)) this.#association.setBufferedAmountLowThreshold(id, bytes);
  }

  /** Ends all after what is queued has arrived. */
  shutdown(now: number): void {
    this.#association.shutdown(now);
    this.#drain(now);
  }

  /** Ends all at once; the peer is told by what takeOutgoing gives. */
  abort(now: number): void {
    this.#association.abort();
    this.#drain(now);
  }

  #assertAlive(): void {
    if (this.state === 'closed' || this.state === 'shuttingDown') {
      throw new SctpError('INVALID_STATE', 'the association is closed');
    }
  }

  #chooseId(wanted: number | undefined, negotiated: boolean): number {
    const streams = this.#association.outboundStreams || this.#association.maxStreams;
    if (this.#channels.size >= this.#maxChannels) throw new SctpError('NO_FREE_STREAM', 'too many channels');
    const parity = this.#role === 'client' ? 0 : 1;
    if (wanted !== undefined) {
      const fits = Number.isInteger(wanted) && wanted >= 0 && wanted < streams && !this.#channels.has(wanted);
      if (!fits || (!negotiated && wanted % 2 !== parity)) {
        throw new SctpError('INVALID_ARGUMENT', `the id ${wanted} cannot be used`);
      }
      return wanted;
    }
    for (let id = parity; id < streams; id += 2) if (!this.#channels.has(id)) return id;
    throw new SctpError('NO_FREE_STREAM', 'all streams are used');
  }

  /** Handles what the association has received. */
  #drain(now: number): void {
    for (const event of this.#association.takeEvents()) this.#handleEvent(now, event);
    for (const message of this.#association.takeMessages()) this.#handleMessage(now, message);
    this.#noticeLow();
  }

  #handleEvent(now: number, event: AssociationEvent): void {
    switch (event.type) {
      case 'connected':
        this.#events.push({ type: 'state', state: 'connected' });
        for (const channel of [...this.#channels.values()]) {
          if (channel.id >= this.#association.outboundStreams) this.#forget(channel);
          else if (channel.negotiated && channel.state === 'connecting') this.#opened(channel);
        }
        return;
      case 'restarted':
        for (const channel of [...this.#channels.values()]) this.#forget(channel);
        return;
      case 'closed':
        for (const channel of [...this.#channels.values()]) this.#forget(channel);
        this.#events.push({ type: 'state', state: 'closed', reason: event.reason, detail: event.detail });
        return;
      case 'incomingReset':
        this.#eachChannel(event.streams, (channel) => {
          channel.incomingReset = true;
          this.#finishClosing(now, channel);
        });
        return;
      case 'resetWanted':
        this.#eachChannel(event.streams, (channel) => this.#finishClosing(now, channel));
        return;
      case 'outgoingReset':
        // Also when the peer refused: there is nothing else to wait for.
        this.#eachChannel(event.streams, (channel) => {
          if (channel.state !== 'closing') return;
          channel.outgoingReset = true;
          this.#finishClosing(now, channel);
        });
        return;
    }
  }

  /** Calls for channels among these streams; for all when there are none (RFC 6525 section 4.1). */
  #eachChannel(streams: readonly number[], call: (channel: Channel) => void): void {
    for (const id of streams.length > 0 ? streams : [...this.#channels.keys()]) {
      const channel = this.#channels.get(id);
      if (channel !== undefined) call(channel);
    }
  }

  /** One direction was reset: so has the other to be, and then the channel is gone (RFC 8831 section 6.7). */
  #finishClosing(now: number, channel: Channel): void {
    if (channel.state !== 'closing') {
      channel.state = 'closing';
      this.#association.resetStream(now, channel.id);
    }
    if (channel.incomingReset && channel.outgoingReset) this.#forget(channel);
  }

  #forget(channel: Channel): void {
    channel.state = 'closed';
    this.#channels.delete(channel.id);
    this.#association.discard(channel.id);
    this.counters.closed++;
    this.#events.push({ type: 'closed', id: channel.id });
  }

  #handleMessage(now: number, message: InboundMessage): void {
    const { stream: id, protocol, data, cost } = message;
    if (protocol === PayloadProtocol.Dcep) {
      this.#association.release(cost);
      this.#handleDcep(now, id, data);
      return;
    }
    const channel = this.#channels.get(id);
    const kind = kindOf(protocol);
    if (channel === undefined || channel.state === 'closing' || kind === undefined) {
      this.#association.release(cost);
      this.counters.messagesDropped++;
      return;
    }
    if (channel.state === 'connecting') this.#opened(channel);
    const content = kind.empty ? new Uint8Array(0) : data;
    this.counters.messagesReceived++;
    this.counters.bytesReceived += content.length;
    this.#cost += cost;
    this.#events.push({ type: 'message', id, data: content, binary: kind.binary });
  }

  #handleDcep(now: number, id: number, data: Uint8Array): void {
    if (data[0] === DcepType.Ack) {
      const channel = this.#channels.get(id);
      if (channel === undefined || channel.remote) return;
      channel.acknowledged = true;
      if (channel.state === 'connecting') this.#opened(channel);
      return;
    }
    const open = parseOpen(data);
    let existing = this.#channels.get(id);
    if (existing?.state === 'closing' && existing.incomingReset) {
      // The peer knows that both directions are reset before its answer reaches us.
      this.#forget(existing);
      existing = undefined;
    }
    const ofPeer = id % 2 === (this.#role === 'client' ? 1 : 0);
    if (existing !== undefined || !ofPeer) {
      this.counters.badOpens++;
      return;
    }
    if (
      open === undefined ||
      this.#channels.size >= this.#maxChannels ||
      id >= this.#association.outboundStreams
    ) {
      this.counters.badOpens++;
      this.#association.resetStream(now, id);
      return;
    }
    try {
      this.#association.send(now, Uint8Array.of(DcepType.Ack), { stream: id, ...DCEP });
    } catch (error) {
      // No room for the answer: the channel is refused.
      if (!(error instanceof SctpError)) throw error;
      this.counters.badOpens++;
      this.#association.resetStream(now, id);
      return;
    }
    const channel: Channel = {
      ...open,
      id,
      negotiated: false,
      remote: true,
      state: 'connecting',
      acknowledged: true,
      outgoingReset: false,
      incomingReset: false,
    };
    this.#channels.set(id, channel);
    this.#opened(channel);
  }

  #opened(channel: Channel): void {
    channel.state = 'open';
    this.counters.opened++;
    this.#events.push({ type: 'open', channel: describe(channel) });
  }

  #noticeLow(): void {
    for (const id of this.#association.takeBufferedAmountLow()) {
      if (this.#channels.get(id)?.state === 'open') this.#events.push({ type: 'bufferedAmountLow', id });
    }
  }
}

function kindOf(protocol: number): { binary: boolean; empty: boolean } | undefined {
  switch (protocol) {
    case PayloadProtocol.String:
      return { binary: false, empty: false };
    case PayloadProtocol.Binary:
      return { binary: true, empty: false };
    case PayloadProtocol.StringEmpty:
      return { binary: false, empty: true };
    case PayloadProtocol.BinaryEmpty:
      return { binary: true, empty: true };
  }
  return undefined;
}

function describe(channel: Channel): DataChannel {
  const { acknowledged: _a, outgoingReset: _o, incomingReset: _i, ...known } = channel;
  return known;
}
