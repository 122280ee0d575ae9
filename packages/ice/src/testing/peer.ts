import { IceAgent } from '../agent/agent.js';
import type { IceAgentOptions, IceEvent, IceState } from '../agent/types.js';
import { candidatePriority, type IceCandidate } from '../candidate.js';
import { type Endpoint, key, type Network, seededRandom } from './network.js';

/** A host candidate as tests need it. */
export function hostCandidate(endpoint: Endpoint, localPreference = 65535): IceCandidate {
  return {
    foundation: '1',
    component: 1,
    protocol: 'udp',
    priority: candidatePriority('host', localPreference),
    address: endpoint.address,
    port: endpoint.port,
    type: 'host',
  };
}

/** An agent with its sockets in an emulated network. Notes all events and checks what must always hold. */
export class TestPeer {
  readonly agent: IceAgent;
  readonly network: Network;
  readonly pwd: string;
  readonly sockets: Endpoint[];
  readonly events: { at: number; event: IceEvent }[] = [];
  readonly candidates: IceCandidate[];
  readonly validated = new Set<string>();

  constructor(
    network: Network,
    name: string,
    sockets: Endpoint[],
    options: Partial<IceAgentOptions> & Pick<IceAgentOptions, 'role'>,
  ) {
    this.network = network;
    this.sockets = sockets;
    this.pwd = `${name}-password-0123456789`;
    const random = seededRandom(Math.floor(network.random() * 2 ** 32));
    this.agent = new IceAgent({
      localUfrag: `${name}frag`,
      localPwd: this.pwd,
      tieBreaker: BigInt(Math.floor(network.random() * 2 ** 32)),
      randomBytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(random() * 256)),
      ...options,
    });
    this.candidates = sockets.map((endpoint, i) => hostCandidate(endpoint, 65535 - i));
    for (const [socket, candidate] of this.candidates.entries())
      this.agent.addLocalCandidate(candidate, { socket });
    for (const [socket, endpoint] of sockets.entries()) {
      network.listen(endpoint, (now, { from, data }) => {
        this.agent.handleStun(now, data, socket, from.address, from.port);
        this.flush();
      });
    }
  }

  /** Sends what the agent wants sent and notes its events. */
  flush(): void {
    for (const event of this.agent.takeEvents()) {
      this.events.push({ at: this.network.now, event });
      this.#check(event);
    }
    for (const { socket, address, port, data } of this.agent.takeTransmits()) {
      const from = this.sockets[socket];
      if (from) this.network.send({ from, to: { address, port }, data });
    }
  }

  #check(event: IceEvent): void {
    if (event.type === 'state' || event.type === 'refused') return;
    const path = `${event.socket}|${key(event)}`;
    if (event.type === 'validated') {
      if (this.validated.has(path)) throw new Error(`validated twice: ${path}`);
      this.validated.add(path);
    } else if (event.type === 'invalidated') {
      if (!this.validated.delete(path)) throw new Error(`invalidated without being valid: ${path}`);
    } else if (!this.validated.has(path)) {
      throw new Error(`selected without being valid: ${path}`);
    }
  }

  /** Gives the other side's credentials and candidates to this one. */
  signal(other: TestPeer, candidates: readonly IceCandidate[] = other.candidates, pwd = other.pwd): void {
    this.agent.setRemoteCredentials(other.agent.localUfrag, pwd);
    for (const candidate of candidates) this.agent.addRemoteCandidate(candidate);
  }

  start(): void {
    this.agent.start(this.network.now);
    this.flush();
  }

  get states(): IceState[] {
    return this.events.flatMap(({ event }) => (event.type === 'state' ? [event.state] : []));
  }

  get selections(): Extract<IceEvent, { type: 'selectedPair' }>[] {
    return this.events.flatMap(({ event }) => (event.type === 'selectedPair' ? [event] : []));
  }
}

/** Lets time pass until the condition holds; throws when it doesn't within `limit` milliseconds of the network's time. */
export function runUntil(peers: readonly TestPeer[], condition: () => boolean, limit = 60_000): void {
  const network = peers[0]!.network;
  const end = network.now + limit;
  let idle = 0;
  for (const peer of peers) peer.flush();
  while (!condition()) {
    const next = Math.min(network.nextArrival(), ...peers.map(({ agent }) => agent.nextTimeout()));
    if (Math.max(next, network.now) > end) {
      network.now = end;
      throw new Error(`not within ${limit} ms; states ${peers.map(({ agent }) => agent.state).join(', ')}`);
    }
    idle = next <= network.now ? idle + 1 : 0;
    if (idle > 1000) throw new Error('an agent wants to be called again and again');
    network.now = Math.max(network.now, next);
    network.deliver();
    for (const peer of peers) {
      if (peer.agent.nextTimeout() <= network.now) peer.agent.handleTimeout(network.now);
      peer.flush();
    }
  }
}

/** Lets so many milliseconds pass. */
export function runFor(peers: readonly TestPeer[], duration: number): void {
  const network = peers[0]!.network;
  const end = network.now + duration;
  try {
    runUntil(peers, () => false, duration);
  } catch (error) {
    if (network.now !== end) throw error;
  }
}
