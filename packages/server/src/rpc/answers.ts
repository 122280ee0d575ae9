import type { KurentoError } from '@rivero/api';
import { sortMembers } from './json.js';

/** A JSON-RPC id that is echoed. */
export type RequestId = string | number | boolean;

// All texts have their members sorted by name, as those of the reference server.

/** The `error` member of an answer. Errors of the JSON-RPC range carry no type, except INVALID_PARAMS. */
export function errorBody(error: KurentoError): Record<string, unknown> {
  const { data, code, message } = error.toBody();
  return data === undefined ? { code, message } : { code, data: sortMembers(data), message };
}

export function resultText(id: RequestId, result: unknown): string {
  return JSON.stringify({ id, jsonrpc: '2.0', result });
}

export function errorText(id: RequestId | null, error: KurentoError): string {
  return JSON.stringify({ error: errorBody(error), id, jsonrpc: '2.0' });
}

/** What the reference server answers to a notification, which is to say that it ran. */
export function notificationText(result: unknown): string {
  const message = 'Ignoring response because of a notification request';
  return JSON.stringify({ error: { code: -32000, data: result, message }, id: null, jsonrpc: '2.0' });
}

/** An event for a client. `data` has `source`, `tags` and so on in it. */
export function eventText(object: string, type: string, data: Record<string, unknown>): string {
  return JSON.stringify({
    jsonrpc: '2.0',
    method: 'onEvent',
    params: { value: { data: sortMembers(data), object, type } },
  });
}
