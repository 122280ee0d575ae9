import type { Logger } from '../log/logger.js';
import type { ObjectService } from '../objects/object-service.js';
import type { SessionStore } from './session-store.js';

/** Ends sessions whose clients have gone, and forgets old answers, from time to time. */
export class SessionCollector {
  readonly #sessions: SessionStore;
  readonly #objects: ObjectService;
  readonly #periodMillis: number;
  readonly #log: Logger;
  #timer: NodeJS.Timeout | undefined;

  /** `periodMillis`: a session without connection and requests for so long is dead. */
  constructor(sessions: SessionStore, objects: ObjectService, periodMillis: number, log: Logger) {
    this.#sessions = sessions;
    this.#objects = objects;
    this.#periodMillis = periodMillis;
    this.#log = log;
  }

  start(): void {
    const tick = Math.min(5000, Math.max(100, this.#periodMillis / 4));
    this.#timer = setInterval(() => this.collect(), tick);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  collect(): void {
    for (const session of this.#sessions) session.cache?.sweep();
    for (const session of this.#sessions.dead(this.#periodMillis)) {
      this.#log.info(
        { session: session.id, objects: session.objects.size },
        'Session ended: its client is gone',
      );
      this.#objects.closeSession(session, () => {});
    }
  }
}
