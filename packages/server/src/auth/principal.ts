/** Who is at the other end of a connection. */
export interface Principal {
  /** The subject of its token; empty without authentication, or when the token names none. */
  readonly subject: string;
  /** When the token ends, in milliseconds since 1970. */
  readonly expires: number | undefined;
}

/** Everybody, where no token is asked for. */
export const ANYBODY: Principal = { subject: '', expires: undefined };
