import type { ModuleDecl } from '@rivero/api';
import type { ElementContext, ModuleLog } from './context.js';
import type { DataMessage } from './data-message.js';
import type { DeclaredEvent, DeclaredEventData, DeclaredParams } from './declared-types.js';

type EmitArguments<D extends ModuleDecl, E extends string> =
  Record<never, never> extends DeclaredEventData<D, E>
    ? [data?: DeclaredEventData<D, E>]
    : [data: DeclaredEventData<D, E>];

/**
 * Root of all implementations of module classes. One instance is made for each element that a client creates.
 *
 * - The constructor gets the context. A ModuleError thrown there refuses the creation.
 * - A declared method `foo(a, b)` is the method `foo({ a, b })`, which may be async; it answers the result.
 * - A declared property `x` is a property or accessor `x`. Its declared default is assigned after the constructor.
 */
export abstract class ElementImplementation<D extends ModuleDecl, C extends string> {
  readonly context: ElementContext<DeclaredParams<D, C>>;

  constructor(context: ElementContext<DeclaredParams<D, C>>) {
    this.context = context;
  }

  /** The declared constructor parameters, decoded. */
  protected get params(): DeclaredParams<D, C> {
    return this.context.params;
  }

  /** The element's tags as they are now, by key: what clients have set with `addTag`. */
  protected get tags(): ReadonlyMap<string, string> {
    return this.context.tags;
  }

  protected get log(): ModuleLog {
    return this.context.log;
  }

  /** Sends a declared event to the clients that subscribed to it. */
  protected emit<E extends DeclaredEvent<D, C>>(event: E, ...[data]: EmitArguments<D, E>): void {
    this.context.emit(event, (data ?? {}) as Record<string, unknown>);
  }

  /**
   * Keeps JSON values outside the process: when that ends, and the element is made anew in the next one, they are in
   * `context.kept`. For what methods have set; declared properties come back by themselves.
   */
  protected keep(values: Record<string, unknown>): void {
    this.context.keep(values);
  }

  /** A message has come by a DATA connection. Messages end here: `sendData` has them go on. Elements without this method drop them. */
  onData?(message: DataMessage): void | Promise<void>;

  /**
   * Sends a message (262144 bytes at most) to every element that DATA of this one is connected to; a WebRtcEndpoint gives it to its peer.
   * @param label of the peer's data channel, when it has several
   * @returns false when it was dropped: more than 1000 messages or 8 MB in a second
   * @throws TypeError, RangeError for what is no message
   */
  protected sendData(data: string | Uint8Array, label = ''): boolean {
    return this.context.sendData(data, label);
  }

  /**
   * What to open in place of a file or URL that a client has named; undefined where this server does not open it for clients, of which
   * an Error event has told. Nothing that a client names should be opened without it.
   */
  protected openable(uri: string): Promise<string | undefined> {
    return this.context.openable(uri);
  }

  /** Whether a host that a client has named, in a URL of whatever scheme, may be reached; an Error event tells where it may not. */
  protected reachable(url: string): Promise<boolean> {
    return this.context.reachable(url);
  }

  /** The element is released: let go of everything. May be called more than once. */
  close(): void | Promise<void> {}
}
