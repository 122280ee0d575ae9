import { SmallSet } from '../runtime/small-map.js';

/**
 * Which session a path belongs to, a path being a socket here and an address and port of a peer. The last session that took
 * a path has it.
 */
export class PathOwners {
  readonly #owners = new Map<string, number>();
  readonly #pathsOf = new Map<number, SmallSet<string>>();

  ownerOf(socket: number, address: string, port: number): number | undefined {
    return this.#owners.get(pathKey(socket, address, port));
  }

  take(session: number, socket: number, address: string, port: number): void {
    const key = pathKey(socket, address, port);
    this.#owners.set(key, session);
    const paths = this.#pathsOf.get(session);
    if (paths === undefined) this.#pathsOf.set(session, new SmallSet<string>().add(key));
    else paths.add(key);
  }

  /** What another session has taken since stays with that one. */
  giveUp(session: number, socket: number, address: string, port: number): void {
    const key = pathKey(socket, address, port);
    this.#pathsOf.get(session)?.delete(key);
    if (this.#owners.get(key) === session) this.#owners.delete(key);
  }

  /** The session ends. */
  giveUpAll(session: number): void {
    for (const key of this.#pathsOf.get(session) ?? []) {
      if (this.#owners.get(key) === session) this.#owners.delete(key);
    }
    this.#pathsOf.delete(session);
  }
}

function pathKey(socket: number, address: string, port: number): string {
  return `${socket} ${port} ${address}`;
}
