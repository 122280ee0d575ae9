import { type CandidateType, candidatePriority, type IceCandidate } from '../candidate.js';
import { canonicalIp, isUnicast, parseIp } from '../ip.js';
import { StunClass, StunMethod } from '../stun/attributes.js';
import { crc32 } from '../stun/checksum.js';
import { parseStun, type TransportAddress } from '../stun/message.js';
import { StunWriter } from '../stun/writer.js';

/** Times in milliseconds. */
export interface ReflexiveTiming {
  /** First retransmission, doubled each time (RFC 8489 section 6.2.1). */
  initialRto: number;
  maxRto: number;
  /** How often a request is sent before its server counts as silent. */
  transmissions: number;
  /** An answered request is repeated after this time, which keeps the NAT's binding (RFC 8445 section 11); 0 = never. */
  keepalive: number;
}

export const defaultReflexiveTiming: Readonly<ReflexiveTiming> = {
  initialRto: 250,
  maxRto: 2000,
  transmissions: 5,
  keepalive: 0,
};

export type ReflexiveEvent =
  /** The address a socket has outside; again when it changes. */
  | { type: 'mapped'; socket: number; server: TransportAddress; mapped: TransportAddress }
  /** No usable answer from this server. It is asked no more. */
  | { type: 'failed'; socket: number; server: TransportAddress };

interface Query {
  readonly socket: number;
  readonly server: TransportAddress;
  id: Uint8Array;
  data: Uint8Array;
  transmissions: number;
  rto: number;
  nextAt: number;
  waiting: boolean;
  mapped: TransportAddress | undefined;
}

const MAX_QUERIES = 256;
const writer = new StunWriter();

/**
 * Asks STUN servers for the outside addresses of sockets (RFC 8489 Binding without authentication). Like the agent it has no sockets and no
 * clock. Answers only count from the server that was asked, with the 96-bit id it was asked with.
 */
export class ReflexiveGatherer {
  readonly #timing: ReflexiveTiming;
  readonly #randomBytes: (count: number) => Uint8Array;
  readonly #tag: number | undefined;
  readonly #queries: Query[] = [];
  #transmits: { socket: number; address: string; port: number; data: Uint8Array }[] = [];
  #events: ReflexiveEvent[] = [];

  constructor(options: {
    randomBytes: (count: number) => Uint8Array;
    /** 32 bits that every transaction id begins with. */
    transactionTag?: number;
    timing?: Partial<ReflexiveTiming>;
  }) {
    this.#timing = { ...defaultReflexiveTiming, ...options.timing };
    this.#randomBytes = options.randomBytes;
    this.#tag = options.transactionTag;
  }

  /** Whether every server has answered or was given up. */
  get done(): boolean {
    return this.#queries.every((query) => !query.waiting);
  }

  /**
   * Asks a server, named by its IP address, from a socket. Asking again is no second query. Throws RangeError when it is no unicast address or
   * when there are too many queries.
   */
  query(now: number, socket: number, server: TransportAddress): void {
    const ip = parseIp(server.address);
    if (!ip || !isUnicast(ip) || server.port < 1 || server.port > 65535)
      throw new RangeError('not a server address');
    const address = canonicalIp(server.address)!;
    const same = (query: Query) =>
      query.socket === socket && query.server.address === address && query.server.port === server.port;
    if (this.#queries.some(same)) return;
    if (this.#queries.length >= MAX_QUERIES) throw new RangeError('too many STUN queries');
    const query: Query = {
      socket,
      server: { address, port: server.port },
      id: new Uint8Array(0),
      data: new Uint8Array(0),
      transmissions: 0,
      rto: 0,
      nextAt: now,
      waiting: true,
      mapped: undefined,
    };
    this.#queries.push(query);
    this.#ask(now, query);
  }

  /** Forgets what concerns a socket. */
  removeSocket(socket: number): void {
    const rest = this.#queries.filter((query) => query.socket !== socket);
    this.#queries.splice(0, this.#queries.length, ...rest);
  }

  #ask(now: number, query: Query): void {
    query.id = this.#randomBytes(12).slice();
    if (this.#tag !== undefined) new DataView(query.id.buffer).setUint32(0, this.#tag);
    query.data = writer.start(StunClass.Request, query.id).fingerprint().finish();
    query.transmissions = 0;
    query.rto = this.#timing.initialRto;
    query.waiting = true;
    this.#send(now, query);
  }

  #send(now: number, query: Query): void {
    query.transmissions++;
    query.nextAt = now + query.rto;
    query.rto = Math.min(2 * query.rto, this.#timing.maxRto);
    const { socket, server, data } = query;
    this.#transmits.push({ socket, address: server.address, port: server.port, data });
  }

  #fail(query: Query): void {
    this.#queries.splice(this.#queries.indexOf(query), 1);
    this.#events.push({ type: 'failed', socket: query.socket, server: query.server });
  }

  /** Takes a STUN datagram and says whether it was an answer to one of the queries. Never throws, keeps no reference to `data`. */
  handleStun(now: number, data: Uint8Array, socket: number, address: string, port: number): boolean {
    const message = parseStun(data);
    if (!message || message.method !== StunMethod.Binding) return false;
    if (message.messageClass !== StunClass.Success && message.messageClass !== StunClass.Error) return false;
    if (message.fingerprintOffset !== 0 && !message.fingerprintValid()) return false;
    const source = canonicalIp(address);
    const query = this.#queries.find(
      (each) =>
        each.waiting &&
        each.socket === socket &&
        each.server.port === port &&
        each.server.address === source &&
        each.id.every((byte, i) => byte === data[8 + i]),
    );
    if (!query) return false;
    const mapped = message.xorAddress() ?? message.mappedAddress;
    const usable = mapped && mapped.port !== 0 && isUnicast(parseIp(mapped.address)!);
    if (message.messageClass === StunClass.Error || message.unknownRequired || !usable) {
      this.#fail(query);
      return true;
    }
    query.waiting = false;
    query.nextAt = this.#timing.keepalive > 0 ? now + this.#timing.keepalive : Number.POSITIVE_INFINITY;
    if (query.mapped?.address !== mapped.address || query.mapped.port !== mapped.port) {
      query.mapped = mapped;
      this.#events.push({ type: 'mapped', socket, server: query.server, mapped });
    }
    return true;
  }

  /** When `handleTimeout` wants to be called; Infinity = not at all. */
  nextTimeout(): number {
    return this.#queries.reduce((next, query) => Math.min(next, query.nextAt), Number.POSITIVE_INFINITY);
  }

  handleTimeout(now: number): void {
    for (const query of [...this.#queries]) {
      if (query.nextAt > now) continue;
      if (!query.waiting) this.#ask(now, query);
      else if (query.transmissions < this.#timing.transmissions) this.#send(now, query);
      else this.#fail(query);
    }
  }

  takeTransmits(): readonly { socket: number; address: string; port: number; data: Uint8Array }[] {
    const transmits = this.#transmits;
    if (transmits.length > 0) this.#transmits = [];
    return transmits;
  }

  takeEvents(): readonly ReflexiveEvent[] {
    const events = this.#events;
    if (events.length > 0) this.#events = [];
    return events;
  }
}

/**
 * Foundation of a candidate: the same for those of one type, base address, transport and server (RFC 8445 section 5.1.1.3), a number as browsers
 * write it. `server` is the STUN or TURN server's address.
 */
export function candidateFoundation(
  type: CandidateType,
  baseAddress: string,
  protocol: 'udp' | 'tcp',
  server = '',
): string {
  const text = Buffer.from(`${type} ${baseAddress} ${protocol} ${server}`);
  return String(crc32(text, text.length));
}

/** The server-reflexive candidate of a host candidate; undefined when there is no NAT between, which makes it redundant. */
export function reflexiveCandidate(
  host: IceCandidate,
  mapped: TransportAddress,
  server: TransportAddress,
): IceCandidate | undefined {
  if (mapped.address === host.address && mapped.port === host.port) return undefined;
  const localPreference = (host.priority >>> 8) & 0xffff;
  return {
    foundation: candidateFoundation('srflx', host.address, host.protocol, server.address),
    component: host.component,
    protocol: host.protocol,
    priority: candidatePriority('srflx', localPreference, host.component),
    address: mapped.address,
    port: mapped.port,
    type: 'srflx',
    relatedAddress: host.address,
    relatedPort: host.port,
  };
}
