/** A listener that was added. */
export interface Subscription extends AsyncDisposable {
  /**
   * Resolves when the server has confirmed the subscription. There is no need to wait for it: the server runs the
   * requests of a client in order, so what is requested afterwards cannot cause an event that is missed.
   */
  readonly ready: Promise<void>;
  /** Removes the listener. May be called again and again. */
  off(): void;
}
