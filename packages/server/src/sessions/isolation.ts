/**
 * Who sees whose objects. none: everybody sees everything, as in the reference server. subject: clients whose
 * tokens have the same subject. session: only the session that made an object.
 */
export type IsolationMode = 'none' | 'session' | 'subject';

/** The realm of requests that belong to no session yet: nothing is in it. */
const NOWHERE = '-';

/**
 * Divides sessions and objects into realms. Within a realm everything is as it is without isolation; what lies
 * in another one does not exist. The texts that name owners and realms can be compared and mean nothing else.
 */
export class Isolation {
  readonly mode: IsolationMode;

  constructor(mode: IsolationMode) {
    this.mode = mode;
  }

  get enabled(): boolean {
    return this.mode !== 'none';
  }

  /**
   * Whose sessions the clients with this subject use. The same session id of another owner is another session, so
   * that nobody can guess or take over one.
   */
  owner(subject: string): string {
    return this.enabled ? `${subject.length}:${subject}` : '';
  }

  /** The realm of the objects that a session makes. */
  realm(owner: string, sessionId: string | undefined): string {
    if (this.mode === 'none') return '';
    if (this.mode === 'subject') return owner;
    return sessionId === undefined ? NOWHERE : owner + sessionId;
  }
}
