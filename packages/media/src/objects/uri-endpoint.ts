import { GraphElement } from './graph-element.js';

export type UriEndpointState = 'STOP' | 'START' | 'PAUSE';

/** An element that plays from, or records to, a URI (Kurento: UriEndpoint). */
export abstract class UriEndpoint extends GraphElement {
  #state: UriEndpointState = 'STOP';

  protected get uri(): string {
    return this.property('uri') as string;
  }

  protected get state(): UriEndpointState {
    return this.#state;
  }

  /** Tells of a change; the present state again changes nothing. */
  protected setState(state: UriEndpointState): boolean {
    if (this.#state === state) return false;
    this.#state = state;
    this.emit('UriEndpointStateChanged', { state });
    return true;
  }

  getState(): UriEndpointState {
    return this.#state;
  }

  abstract pause(): unknown;
  abstract stop(): unknown;
}
