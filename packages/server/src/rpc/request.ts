import { KurentoError } from '@rivero/api';
import type { RequestId } from './answers.js';
import { parseLenient } from './json.js';

export type Params = Record<string, unknown>;

export interface Request {
  /** null: a notification. */
  readonly id: RequestId | null;
  readonly method: string;
  /** As they came; null counts as absent. Anything but an object is refused later, when the method is known. */
  readonly params: unknown;
}

/** Reads a message. Throws PARSE_ERROR or INVALID_REQUEST; batches are refused as a whole. */
export function readRequest(text: string): Request {
  let message: unknown;
  try {
    message = parseLenient(text);
  } catch {
    throw new KurentoError('PARSE_ERROR', 'Parse error.');
  }
  return checkRequest(message);
}

/** Checks a parsed message, or an operation of a transaction. */
export function checkRequest(message: unknown): Request {
  if (typeof message !== 'object' || message === null || Array.isArray(message)) throw invalidRequest();
  const { jsonrpc, id, method, params } = message as Params;
  if (jsonrpc !== '2.0' || typeof method !== 'string') throw invalidRequest();
  if (typeof id === 'object' && id !== null) throw invalidRequest();
  return { id: (id as RequestId | null | undefined) ?? null, method, params: params ?? undefined };
}

function invalidRequest(): KurentoError {
  return new KurentoError('INVALID_REQUEST', 'Invalid JSON-RPC request.');
}

/** The params as an object. Other JSON values are refused with the words of the reference server. */
export function paramsObject(params: unknown): Params {
  if (params === undefined) return {};
  if (typeof params !== 'object' || params === null || Array.isArray(params)) {
    throw new KurentoError(
      'INTERNAL_ERROR',
      'Unexpected error while processing method: in Json::Value::find(begin, end): requires objectValue or nullValue',
    );
  }
  return params as Params;
}

/** A member of params as text: numbers, booleans and null convert, as in the reference server. */
export function textMember(params: Params, name: string): string {
  if (!Object.hasOwn(params, name)) throw missing(name);
  const value = params[name];
  if (typeof value === 'string') return value;
  if (value === null) return '';
  if (typeof value === 'object')
    throw new KurentoError('SERVER_ERROR', `'${name}' parameter should be a string`);
  return String(value);
}

export function listMember(params: Params, name: string): unknown[] {
  if (!Object.hasOwn(params, name)) throw missing(name);
  const value = params[name];
  if (!Array.isArray(value)) throw new KurentoError('SERVER_ERROR', `'${name}' parameter should be an array`);
  return value;
}

export function missing(name: string): KurentoError {
  return new KurentoError('SERVER_ERROR', `'${name}' parameter is required`);
}
