/** The server's log, with the element's id and class added. `data` is JSON. */
export interface ModuleLog {
  debug(message: string, data?: Record<string, unknown>): void;
  info(message: string, data?: Record<string, unknown>): void;
  warn(message: string, data?: Record<string, unknown>): void;
  error(message: string, data?: Record<string, unknown>): void;
}

/** What an implementation gets: where it stands and what it may use. */
export interface ElementContext<Params = Readonly<Record<string, unknown>>> {
  /** The element's id, without that of its pipeline. */
  readonly id: string;
  /** The declared constructor parameters, decoded, with defaults filled in. */
  readonly params: Params;
  /** What was told to `keep` before the process that ran the element ended and it was made anew; empty at first. */
  readonly kept: Readonly<Record<string, unknown>>;
  /** The element's tags as they are now, by key: what clients have set with `addTag`. */
  readonly tags: ReadonlyMap<string, string>;
  readonly log: ModuleLog;
  /** Sends an event; the base class has a typed `emit`. */
  emit(event: string, data: Record<string, unknown>): void;
  /** Sends a message of a data channel; the base class has `sendData`. */
  sendData(data: string | Uint8Array, label: string): boolean;
  /** Has JSON values kept, by name; the base class has `keep`. */
  keep(values: Record<string, unknown>): void;
  /**
   * What to open in place of a file or URL that a client has named: a path or URI, with `..` and symbolic links of files resolved.
   * Undefined where this server does not open it for clients (`media.folders`, `media.uriSchemes`, `media.uriHosts`): the element
   * has told an Error event RESOURCE_ERROR_NOT_AUTHORIZED (15) then. What does not exist is left to whoever opens it.
   */
  openable(uri: string): Promise<string | undefined>;
  /**
   * Whether a host that a client has named may be reached (`media.uriHosts`), for protocols that are none of `media.uriSchemes`.
   * Where it may not, the element has told an Error event as `openable` does.
   * @param url with a scheme and the host: `http://host:port`
   */
  reachable(url: string): Promise<boolean>;
}
