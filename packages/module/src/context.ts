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
  readonly log: ModuleLog;
  /** Sends an event; the base class has a typed `emit`. */
  emit(event: string, data: Record<string, unknown>): void;
  /** Sends a message of a data channel; the base class has `sendData`. */
  sendData(data: string | Uint8Array, label: string): boolean;
  /** Has JSON values kept, by name; the base class has `keep`. */
  keep(values: Record<string, unknown>): void;
}
