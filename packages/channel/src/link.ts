/**
 * `patient` messages may wait a few milliseconds for others while many are on their way, so that they travel together.
 * The order of messages is kept all the same: one that is not patient takes those before it along.
 */
export type Urgency = 'now' | 'patient';

/**
 * A pipe of messages between two processes: reliable, ordered, and either whole or closed.
 *
 * The channel above it knows nothing else about the other side, so a worker on another machine needs a new
 * link and nothing more. Messages are values that JSON can carry.
 */
export interface Link {
  /** Queues one message. After the link has closed the message is dropped silently: the close is what tells. */
  send(message: unknown, urgency?: Urgency): void;
  /** Sets the one receiver. Messages that arrive before it is set are kept. */
  onMessage(listener: (message: unknown) => void): void;
  /** Called once when no further message will arrive; at once when that has already happened. */
  onClose(listener: (why?: string) => void): void;
  /** Ends the link from this side. Idempotent. */
  close(): void;
}
