import type { IceCandidate } from '@rivero/client';
import type { WebSocket } from 'ws';
import type { Agent } from './bridge.js';

type FromPage =
  | { type: 'take'; offer: string }
  | { type: 'candidate'; candidate: IceCandidate }
  | { type: 'hangup' };

/** A page at the other end of a WebSocket. */
export class WebAgent implements Agent {
  readonly #socket: WebSocket;
  readonly #early: IceCandidate[] = [];
  #taken: ((offer: string) => void) | undefined;
  #refused: ((error: Error) => void) | undefined;
  #candidate: ((candidate: IceCandidate) => void) | undefined;
  #hangUp: () => void = () => {};
  /** It has a call. */
  busy = false;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => this.#take(JSON.parse(String(data)) as FromPage));
    socket.on('close', () => this.#end());
    socket.on('error', () => socket.terminate());
  }

  #take(message: FromPage): void {
    if (message.type === 'take') this.#taken?.(message.offer);
    else if (message.type === 'hangup') this.#end();
    else if (this.#candidate === undefined) this.#early.push(message.candidate);
    else this.#candidate(message.candidate);
  }

  #end(): void {
    this.#refused?.(new Error('nobody takes the call'));
    this.#hangUp();
  }

  ring(caller: string): Promise<string> {
    this.busy = true;
    this.#early.length = 0;
    this.#send({ type: 'ring', caller });
    return new Promise((resolve, reject) => {
      this.#taken = resolve;
      this.#refused = reject;
    });
  }

  answer(answer: string): void {
    this.#send({ type: 'answer', answer });
  }

  candidate(candidate: IceCandidate): void {
    this.#send({ type: 'candidate', candidate });
  }

  onCandidate(listener: (candidate: IceCandidate) => void): void {
    this.#candidate = listener;
    for (const candidate of this.#early.splice(0)) listener(candidate);
  }

  onHangUp(listener: () => void): void {
    this.#hangUp = listener;
  }

  ended(): void {
    this.busy = false;
    this.#candidate = undefined;
    this.#hangUp = () => {};
    this.#send({ type: 'ended' });
  }

  #send(message: unknown): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}
