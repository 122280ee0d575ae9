import { type KurentoError, kurentoError } from '../errors.js';

/** What the server sends. */
export type ServerMessage =
  | { readonly kind: 'result'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly error: KurentoError }
  | { readonly kind: 'event'; readonly object: string; readonly type: string; readonly data: EventData }
  | { readonly kind: 'unknown'; readonly why: string };

export type EventData = Record<string, unknown>;

/** Reads a message of the server. Never throws. */
export function readMessage(frame: unknown): ServerMessage {
  if (typeof frame !== 'string') return unknown('a message is not text');
  let message: unknown;
  try {
    message = JSON.parse(frame);
  } catch {
    return unknown('a message is not JSON');
  }
  if (!isObject(message)) return unknown('a message is not an object');
  if (message.method === 'onEvent') return readEvent(message.params);
  if (message.method !== undefined) return unknown('a notification is not an event');
  const { id, error, result } = message;
  if (typeof id !== 'number') {
    return unknown(isObject(error) ? `an error without a request: ${kurentoError(error).message}` : 'no id');
  }
  if (error !== undefined) return { kind: 'error', id, error: kurentoError(error) };
  return { kind: 'result', id, result };
}

function readEvent(params: unknown): ServerMessage {
  const value = isObject(params) ? params.value : undefined;
  if (!isObject(value)) return unknown('an event has no value');
  const { object, type, data } = value;
  if (typeof object !== 'string' || typeof type !== 'string')
    return unknown('an event has no object or type');
  return { kind: 'event', object, type, data: isObject(data) ? data : {} };
}

function unknown(why: string): ServerMessage {
  return { kind: 'unknown', why };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
