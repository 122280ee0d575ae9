export interface GatherOptions {
  /** Comma-separated names or addresses; empty: all. */
  networkInterfaces: string;
  /** Announced in place of the host's own addresses; empty: none. */
  externalIPv4: string;
  externalIPv6: string;
  /** IP address or name; empty: none. */
  stunServerAddress: string;
  stunServerPort: number;
  /** See parseTurnUrl; empty: none. */
  turnUrl: string;
  /** Whether to be reachable over TCP. */
  iceTcp: boolean;
}

let last: Readonly<GatherOptions> | undefined;

/** The options of the endpoint before where they are the same, as they mostly are: one object for all who have them. */
export function sharedOptions(options: GatherOptions): Readonly<GatherOptions> {
  const before = last;
  if (before !== undefined) {
    const names = Object.keys(options) as (keyof GatherOptions)[];
    if (names.every((name) => options[name] === before[name])) return before;
  }
  last = options;
  return options;
}
