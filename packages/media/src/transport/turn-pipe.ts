import { createSocket } from 'node:dgram';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { TurnStreamReader } from '@rivero/ice';
import { StreamWriter } from './stream-writer.js';
import type { TurnTransport } from './turn-url.js';

/** The way to a TURN server. */
export interface TurnPipe {
  readonly reliable: boolean;
  /** `datagram` is what is relayed in the message, if it is that: media may be dropped. */
  send(message: Uint8Array, datagram?: Uint8Array): void;
  /** Ends once everything is sent. Idempotent. */
  close(): void;
}

export interface TurnPipeListener {
  opened(): void;
  received(messages: readonly Uint8Array[]): void;
  /** The server can't be reached (any more). Told once, and not after `close`. */
  closed(reason: string): void;
}

export interface TurnPipeOptions {
  transport: TurnTransport;
  address: string;
  port: number;
  /** The name that a TLS certificate must be for. */
  host: string;
  /** Certificates of authorities in PEM; undefined: those of the system. */
  authorities?: string;
}

const CONNECT_TIMEOUT_MS = 5000;
const CONTROL = new Uint8Array(1);

export function openTurnPipe(options: TurnPipeOptions, listener: TurnPipeListener): TurnPipe {
  return options.transport === 'udp' ? openUdp(options, listener) : openStream(options, listener);
}

function openUdp({ address, port }: TurnPipeOptions, listener: TurnPipeListener): TurnPipe {
  const socket = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4');
  let open = true;
  const end = (): void => {
    if (!open) return;
    open = false;
    socket.close();
  };
  socket.on('connect', () => {
    if (open) listener.opened();
  });
  socket.on('message', (message) => {
    if (open) listener.received([message]);
  });
  // The socket is connected: errors are the server's, such as an ICMP that says nobody listens there.
  socket.on('error', (error) => {
    if (!open) return;
    end();
    listener.closed(error.message);
  });
  socket.connect(port, address);
  return {
    reliable: false,
    send: (message) => {
      if (open) socket.send(message, () => {}); // a full queue loses datagrams, as any network does
    },
    close: end,
  };
}

function openStream(options: TurnPipeOptions, listener: TurnPipeListener): TurnPipe {
  const { address, port, host, transport, authorities } = options;
  const socket: Socket =
    transport === 'tcp'
      ? connectTcp({ host: address, port })
      : connectTls({
          host: address,
          port,
          ...(isIP(host) === 0 && { servername: host }),
          ...(authorities !== undefined && { ca: authorities }),
          minVersion: 'TLSv1.2',
        });
  const reader = new TurnStreamReader();
  const writer = new StreamWriter(socket);
  let open = true;
  const fail = (reason: string): void => {
    if (!open) return;
    open = false;
    socket.destroy();
    listener.closed(reason);
  };
  socket.setNoDelay(true);
  const timer = setTimeout(() => fail('the server does not answer'), CONNECT_TIMEOUT_MS);
  socket.once(transport === 'tcp' ? 'connect' : 'secureConnect', () => {
    clearTimeout(timer);
    if (open) listener.opened();
  });
  socket.on('data', (chunk) => {
    if (!open) return;
    const messages = reader.push(chunk);
    if (messages.length > 0) listener.received(messages);
    if (reader.broken) fail('the server does not speak TURN');
  });
  socket.on('error', (error) => fail(error.message));
  socket.on('close', () => {
    clearTimeout(timer);
    fail('the connection was closed');
  });
  return {
    reliable: true,
    send: (message, datagram = CONTROL) => {
      if (open) writer.send(datagram, () => message);
    },
    close: () => {
      if (!open) return;
      open = false;
      clearTimeout(timer);
      if (socket.connecting) socket.destroy();
      else socket.end();
      // Whoever does not close his side is not waited for.
      setTimeout(() => socket.destroy(), 1000).unref();
    },
  };
}
