import type { Socket } from 'node:net';

/** Bytes that may wait to be sent. Media that would wait longer is of no use any more. */
const MAX_WAITING_MEDIA = 128 * 1024;
const MAX_WAITING = 256 * 1024;

/** Whether a datagram is RTP or RTCP, encrypted or not (RFC 7983). */
function isMedia(data: Uint8Array): boolean {
  const first = data[0]!;
  return first >= 128 && first <= 191;
}

/**
 * Sends datagrams over a stream to somebody who may be slow: media is dropped when too much waits, and when even the
 * rest does not get through the connection is given up. What waits is bounded thereby.
 */
export class StreamWriter {
  readonly #socket: Socket;
  #corked = false;
  /** Datagrams that were dropped. */
  dropped = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** `frame` is what goes over the wire for the datagram; it is made only when it is sent. The socket keeps it. */
  send(datagram: Uint8Array, frame: () => Uint8Array): void {
    const socket = this.#socket;
    if (socket.destroyed || socket.writableEnded) return;
    const waiting = socket.writableLength;
    if (waiting > MAX_WAITING_MEDIA && isMedia(datagram)) {
      this.dropped++;
      return;
    }
    if (waiting > MAX_WAITING) {
      this.dropped++;
      socket.destroy();
      return;
    }
    this.#join();
    socket.write(frame());
  }

  /** What is sent in one go leaves in one system call. */
  #join(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#socket.cork();
    process.nextTick(() => {
      this.#corked = false;
      this.#socket.uncork();
    });
  }
}
