import { KurentoError } from '@rivero/api';
import { errorBody } from './answers.js';
import type { Reply } from './context.js';
import { checkRequest, type Params, type Request } from './request.js';

const MAX_DEPTH = 500;
const NEW_REFERENCE = 'newref:';

/** Runs one operation; the reply may come at once or later. */
export type RunOperation = (operation: Request, reply: Reply) => void;

/**
 * Runs operations one after the other, up to the first that fails. `done` gets the list of their answers, or
 * an error when the transaction itself is malformed; what has run by then stays.
 */
export function runTransaction(
  operations: readonly unknown[],
  run: RunOperation,
  done: (error: KurentoError | undefined, answers?: unknown[]) => void,
): void {
  const answers: Record<string, unknown>[] = [];
  let failed = false;

  try {
    operations.forEach(checkId);
  } catch (error) {
    done(error as KurentoError);
    return;
  }
  next();

  // A loop where answers come at once, so that a long transaction does not pile up calls.
  function next(): void {
    while (answers.length < operations.length && !failed) {
      const index = answers.length;
      let request: Request;
      try {
        request = checkRequest(operations[index]);
      } catch (error) {
        answers.push(failure(index, error as KurentoError));
        continue;
      }
      try {
        request = { id: index, method: request.method, params: resolve(request.params, answers, 0) };
      } catch (error) {
        done(error as KurentoError);
        return;
      }
      let inside = true;
      run(request, (error, result) => {
        if (error === undefined) answers.push({ id: index, jsonrpc: '2.0', result });
        else answers.push(failure(index, error));
        if (!inside) next();
      });
      inside = false;
      if (answers.length === index) return;
    }
    done(undefined, answers);
  }

  function failure(index: number, error: KurentoError): Record<string, unknown> {
    failed = true;
    return { error: errorBody(error), id: index, jsonrpc: '2.0' };
  }
}

/** Ids must be 0, 1, 2 …, or missing. */
function checkId(operation: unknown, index: number): void {
  if (typeof operation !== 'object' || operation === null) return;
  const { id } = operation as Params;
  if (id === undefined || id === null || id === index) return;
  throw malformed(`Id of request '${index}' should be '${index}'`);
}

/** Replaces `newref:N`, wherever it is, by the value of operation N. Changes the params in place. */
function resolve(value: unknown, answers: readonly Record<string, unknown>[], depth: number): unknown {
  if (typeof value === 'string') return value.startsWith(NEW_REFERENCE) ? referred(value, answers) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH) throw malformed('Parameters are nested too deeply');
  const members = value as Record<string, unknown>;
  for (const name of Object.keys(members)) {
    const member = members[name];
    const resolved = resolve(member, answers, depth + 1);
    if (resolved !== member) members[name] = resolved;
  }
  return value;
}

function referred(reference: string, answers: readonly Record<string, unknown>[]): unknown {
  const index = reference.slice(NEW_REFERENCE.length);
  if (!/^\d+$/.test(index)) throw malformed(`Invalid index of newref '${index}'`);
  const result = answers[Number(index)]?.result as { value?: unknown } | null | undefined;
  if (result?.value === undefined) throw malformed(`Result not found on request ${index}`);
  return result.value;
}

function malformed(message: string): KurentoError {
  return new KurentoError('MALFORMED_TRANSACTION', message);
}
