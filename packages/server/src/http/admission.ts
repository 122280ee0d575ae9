import type { IncomingMessage } from 'node:http';
import type { Authenticator } from '../auth/authenticator.js';
import type { Principal } from '../auth/principal.js';
import { Refused } from '../auth/refused.js';
import { requestToken } from '../auth/request-token.js';
import type { AddressRate } from '../limits/address-rate.js';
import { originAllowed } from './origins.js';

export interface AdmissionOptions {
  origins: readonly string[];
  connectionRate: AddressRate;
  authenticator: Authenticator;
  now?: () => number;
}

/** Decides who may open a WebSocket. */
export class Admission {
  readonly #options: AdmissionOptions;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** Gives who the client is. Rejects with {@link Refused}. */
  async admit(request: IncomingMessage, address: string): Promise<Principal> {
    this.check(request, address);
    return this.#options.authenticator.authenticate(requestToken(request.url, request.headers));
  }

  /** The same for who needs no token: the origin and the rate count. @throws Refused */
  check({ headers }: IncomingMessage, address: string): void {
    const { origins, connectionRate, now = Date.now } = this.#options;
    if (!originAllowed(headers.origin, headers.host, origins)) {
      const { origin } = headers;
      throw new Refused(403, 'Refused a page of an origin that is not allowed', { origin });
    }
    // Before the token is looked at: trying tokens is limited too.
    if (!connectionRate.take(address, now())) {
      throw new Refused(429, 'Refused a connection: too many from this address in a short time');
    }
  }
}
