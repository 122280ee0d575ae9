import { randomBytes } from 'node:crypto';
import {
  candidateFoundation,
  candidatePriority,
  type IceCandidate,
  TurnClient,
  type TurnEvent,
} from '@rivero/ice';
import type { Timed, TimerHandle } from '../runtime/scheduler.js';
import type { TransportHub } from './transport-hub.js';
import { openTurnPipe, type TurnPipe } from './turn-pipe.js';
import type { TurnTransport, TurnUrl } from './turn-url.js';
import type { VirtualSocketOwner } from './virtual-sockets.js';

export interface TurnRelayListener {
  /** Peers reach us by this candidate now; its base is the socket. */
  relayed(relay: TurnRelay, candidate: IceCandidate, socket: number): void;
  /** No server gave an address, or the address is gone; `socket` is that of `relayed`, if it was told. */
  relayFailed(relay: TurnRelay, reason: string, socket: number | undefined): void;
}

/** Type preferences among relayed candidates, as browsers have them: the cheaper way to the server first. */
const PREFERENCE: Readonly<Record<TurnTransport, number>> = { udp: 2, tcp: 1, tls: 0 };
/** How many servers, or addresses of one, are tried. */
const MAX_ATTEMPTS = 4;

interface Target {
  address: string;
  port: number;
}

/**
 * A relayed address of a TURN server, as a virtual socket: what is sent on it is relayed to peers, what peers send to it
 * comes out of it. Tries the server's addresses one after the other, and follows redirections.
 */
export class TurnRelay implements VirtualSocketOwner, Timed {
  readonly #hub: TransportHub;
  readonly #url: TurnUrl;
  readonly #listener: TurnRelayListener;
  readonly #timer: TimerHandle;
  readonly #targets: Target[];
  #attempts = 0;
  #lastReason = 'the server has no address';
  #client: TurnClient | undefined;
  #pipe: TurnPipe | undefined;
  #socket: number | undefined;
  #closed = false;

  readonly #family: 4 | 6;

  /** `addresses`: those of the server, in order of preference; `family`: of the relayed address. */
  constructor(
    hub: TransportHub,
    url: TurnUrl,
    addresses: readonly string[],
    family: 4 | 6,
    listener: TurnRelayListener,
  ) {
    this.#family = family;
    this.#hub = hub;
    this.#url = url;
    this.#listener = listener;
    this.#timer = hub.scheduler.create(this);
    this.#targets = addresses.map((address) => ({ address, port: url.port }));
  }

  start(): void {
    this.#tryNext();
  }

  #tryNext(): void {
    const target = this.#attempts < MAX_ATTEMPTS ? this.#targets.shift() : undefined;
    if (target === undefined) {
      this.#closed = true;
      this.#listener.relayFailed(this, this.#lastReason, undefined);
      return;
    }
    this.#attempts++;
    const { username, password, transport, host } = this.#url;
    const authorities = this.#hub.turnAuthorities;
    const family = this.#family;
    const client = new TurnClient({ username, password, randomBytes, reliable: transport !== 'udp', family });
    this.#client = client;
    // The listener's calls come later, never from within openTurnPipe.
    this.#pipe = openTurnPipe(
      { transport, ...target, host, ...(authorities !== undefined && { authorities }) },
      {
        opened: () => {
          client.start(this.#hub.scheduler.now());
          this.#pump(target);
        },
        received: (messages) => this.#receive(client, messages, target),
        closed: (reason) => this.#failed(reason),
      },
    );
  }

  #receive(client: TurnClient, messages: readonly Uint8Array[], target: Target): void {
    const now = this.#hub.scheduler.now();
    for (const message of messages) {
      const relayed = client.receive(now, message);
      if (relayed !== undefined && this.#socket !== undefined && !this.#closed) {
        this.#hub.receiveVirtual(this.#socket, relayed.address, relayed.port, [relayed.data]);
      }
    }
    this.#pump(target);
  }

  onTime(now: number): void {
    this.#client?.handleTimeout(now);
    this.#pump();
  }

  #target: Target | undefined;

  #pump(target: Target | undefined = this.#target, datagram?: Uint8Array): void {
    const client = this.#client;
    if (client === undefined || this.#closed) return;
    this.#target = target;
    for (const message of client.takeTransmits()) this.#pipe?.send(message, datagram);
    for (const event of client.takeEvents()) this.#onEvent(event);
    if (this.#client === client && !this.#closed)
      this.#hub.scheduler.schedule(this.#timer, client.nextTimeout());
  }

  #onEvent(event: TurnEvent): void {
    if (event.type === 'allocated') {
      const { address, port } = event.relayed;
      const { transport } = this.#url;
      if (address.includes(':') !== (this.#family === 6)) {
        this.#failed('the relayed address is of another family');
        return;
      }
      this.#socket = this.#hub.addVirtualSocket(address.includes(':') ? 6 : 4, this);
      const related = event.mapped ?? event.relayed;
      this.#listener.relayed(
        this,
        {
          foundation: candidateFoundation('relay', address, 'udp', this.#target?.address),
          component: 1,
          protocol: 'udp',
          priority: candidatePriority('relay', 65535, 1, PREFERENCE[transport]),
          address,
          port,
          type: 'relay',
          relatedAddress: related.address,
          relatedPort: related.port,
        },
        this.#socket,
      );
    } else if (event.type === 'redirected') {
      this.#targets.unshift(event.server);
      this.#failed('the server sends us to another one');
    } else if (event.type === 'failed') {
      this.#failed(`${event.reason} (${event.code})`);
    } else {
      this.#hub.log.debug({ peer: event.address, code: event.code }, 'a TURN server refuses a peer');
    }
  }

  /** This server is of no use (any more). */
  #failed(reason: string): void {
    if (this.#closed) return;
    this.#lastReason = reason;
    this.#hub.scheduler.cancel(this.#timer);
    this.#pipe?.close();
    this.#pipe = undefined;
    this.#client = undefined;
    if (this.#socket === undefined) {
      this.#tryNext();
      return;
    }
    this.#closed = true;
    this.#hub.removeVirtualSocket(this.#socket);
    this.#listener.relayFailed(this, reason, this.#socket);
  }

  send(address: string, port: number, data: Uint8Array): void {
    this.#client?.send(this.#hub.scheduler.now(), address, port, data);
    this.#pump(this.#target, data);
  }

  selected(address: string, port: number): void {
    this.#client?.bindChannel(this.#hub.scheduler.now(), address, port);
    this.#pump();
  }

  /** Gives the address back. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#client?.close(this.#hub.scheduler.now());
    for (const message of this.#client?.takeTransmits() ?? []) this.#pipe?.send(message);
    this.#closed = true;
    this.#pipe?.close();
    this.#hub.scheduler.cancel(this.#timer);
    if (this.#socket !== undefined) this.#hub.removeVirtualSocket(this.#socket);
  }
}
