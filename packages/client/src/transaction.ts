import { isObject } from './connection/messages.js';
import type { RequestOptions } from './connection/pending-requests.js';
import { clientError, kurentoError, type RiveroError } from './errors.js';
import type { CreatableClasses, CreatableName } from './generated/index.js';
import { RemoteObject } from './objects/remote-object.js';
import type { CallOptions, Parameters, Scope } from './objects/scope.js';
import { encode } from './objects/values.js';

/** Operations that are sent as one request and run one after the other, up to the first that fails. */
export interface Transaction {
  /**
   * Creates an object. It can be used at once: as a parameter in this transaction, and to call its methods, which
   * then become operations of the transaction. Outside it can be used once the transaction is committed.
   */
  create<Name extends CreatableName>(
    className: Name,
    ...params: object extends CreatableClasses[Name]['params']
      ? [params?: CreatableClasses[Name]['params']]
      : [params: CreatableClasses[Name]['params']]
  ): CreatableClasses[Name]['object'];
  /** An object that exists already, such that its methods become operations of the transaction. */
  use<Instance extends RemoteObject>(object: Instance): Instance;
}

/** What a transaction needs of the client. */
export interface TransactionTarget {
  readonly scope: Scope;
  /** A placeholder, or another instance for an object; the registry does not know it. */
  instance(scope: Scope, className: string, id: string): RemoteObject;
  /** Puts an instance that got its id into the registry. */
  adopt(object: RemoteObject): void;
  /** Keeps events of unknown objects until the returned function is called. */
  holdEvents(): () => void;
}

interface Operation {
  readonly message: { id: number; jsonrpc: '2.0'; method: string; params: unknown };
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

/** Collects operations, until they are sent all at once. */
export class OpenTransaction implements Transaction, Scope {
  readonly #target: TransactionTarget;
  readonly #operations: Operation[] = [];
  readonly #created: { object: RemoteObject; index: number }[] = [];
  readonly #views: RemoteObject[] = [];
  #committed = false;

  constructor(target: TransactionTarget) {
    this.#target = target;
  }

  create<Name extends CreatableName>(
    className: Name,
    params?: CreatableClasses[Name]['params'],
  ): CreatableClasses[Name]['object'] {
    const { index } = this.#add('create', { type: className, constructorParams: params ?? {} });
    return this.#placeholder(className, `newref:${index}`) as CreatableClasses[Name]['object'];
  }

  use<Instance extends RemoteObject>(object: Instance): Instance {
    if (RemoteObject.internals.scope(object) === this) return object;
    const view = this.#target.instance(this, object.className, this.#idOf(object));
    RemoteObject.internals.shareEvents(view, object);
    this.#views.push(view);
    return view as Instance;
  }

  /** Sends the operations. Rejects with the error of the one that failed, after releasing what others created. */
  async commit(options: CallOptions): Promise<void> {
    this.#committed = true;
    const releaseEvents = this.#target.holdEvents();
    try {
      await this.#send(options);
    } finally {
      releaseEvents();
    }
  }

  request(method: string, params: Parameters, options: RequestOptions): Promise<unknown> {
    const { signal } = options;
    if (signal?.aborted) return Promise.reject(signal.reason);
    try {
      return this.#add(method, params).result;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Whoever does not look at the single results gets the error from the transaction. */
  watch<T>(result: Promise<T>): Promise<T> {
    result.catch(() => {});
    return result;
  }

  revive(type: string, value: unknown): unknown {
    return this.#target.scope.revive(type, value);
  }

  created(className: string, id: string): RemoteObject {
    return this.#target.scope.created(className, id);
  }

  released(id: string): void {
    this.#target.scope.released(id);
  }

  listening(object: RemoteObject, active: boolean): void {
    this.#target.scope.listening(object, active);
  }

  subscriptionFailed(object: RemoteObject, event: string, error: RiveroError): void {
    this.#target.scope.subscriptionFailed(object, event, error);
  }

  #placeholder(className: string, id: string): RemoteObject {
    const object = this.#target.instance(this, className, id);
    this.#created.push({ object, index: this.#operations.length - 1 });
    return object;
  }

  #add(method: string, params: Parameters): { index: number; result: Promise<unknown> } {
    if (this.#committed) {
      throw clientError(
        'TRANSACTION_COMMITTED',
        'The transaction was sent when its function returned or awaited; nothing can be added any more',
      );
    }
    const index = this.#operations.length;
    const sent = encode(params, (object) => this.#idOf(object));
    const result = new Promise<unknown>((resolve, reject) => {
      const message = { id: index, jsonrpc: '2.0', method, params: sent } as const;
      this.#operations.push({ message, resolve, reject });
    });
    this.watch(result);
    return { index, result };
  }

  #idOf(object: RemoteObject): string {
    if (!object.id.startsWith('newref:') || RemoteObject.internals.scope(object) === this) return object.id;
    throw notCommitted(object);
  }

  async #send({ signal }: CallOptions): Promise<void> {
    const operations = this.#operations.map(({ message }) => message);
    let answers: unknown;
    try {
      answers =
        operations.length === 0
          ? []
          : await this.#target.scope.request(
              'transaction',
              { operations },
              { signal, late: (late) => this.#undo(late) },
            );
    } catch (error) {
      for (const { reject } of this.#operations) reject(error);
      throw error;
    }
    const failure = this.#settle(Array.isArray(answers) ? answers : []);
    if (failure !== undefined) {
      this.#undo(answers);
      throw failure;
    }
  }

  /** Binds the objects to their ids and settles the operations; gives the error of the one that failed. */
  #settle(answers: readonly unknown[]): unknown {
    for (const { object, index } of this.#created) {
      const id = resultOf(answers[index]);
      if (typeof id !== 'string') continue;
      RemoteObject.internals.bind(object, this.#target.scope, id);
      this.#target.adopt(object);
    }
    for (const view of this.#views) RemoteObject.internals.bind(view, this.#target.scope, view.id);
    let failure: unknown;
    this.#operations.forEach(({ resolve, reject }, index) => {
      const answer = answers[index];
      if (isObject(answer) && answer.error === undefined) {
        resolve(resultOf(answer));
        return;
      }
      if (failure === undefined) {
        failure = isObject(answer)
          ? kurentoError(answer.error)
          : clientError('PROTOCOL_ERROR', `The server did not answer operation ${index} of a transaction`);
        reject(failure);
      } else {
        reject(clientError('TRANSACTION_ABORTED', 'An earlier operation of the transaction failed', failure));
      }
    });
    return failure;
  }

  /** The server rolls nothing back: releases what was created, last first. */
  #undo(answers: unknown): void {
    if (!Array.isArray(answers)) return;
    for (const { message } of this.#operations.toReversed()) {
      const id = message.method === 'create' ? resultOf(answers[message.id]) : undefined;
      if (typeof id !== 'string') continue;
      this.#target.scope.request('release', { object: id }, { idempotent: true }).then(
        () => this.#target.scope.released(id),
        () => {},
      );
    }
  }
}

export function notCommitted({ id }: RemoteObject): RiveroError {
  return clientError(
    'TRANSACTION_NOT_COMMITTED',
    `'${id}' exists only in a transaction that is not committed, or failed`,
  );
}

function resultOf(answer: unknown): unknown {
  return isObject(answer) && isObject(answer.result) ? answer.result.value : undefined;
}
