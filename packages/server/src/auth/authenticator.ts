import { readFileSync } from 'node:fs';
import type { Configuration } from '../config/settings.js';
import type { Logger } from '../log/logger.js';
import { watchFiles } from '../watch-files.js';
import { JwtVerifier } from './jwt.js';
import { isKeyUrl, parseKeys, remoteKeys } from './jwt-keys.js';
import { ANYBODY, type Principal } from './principal.js';
import { Refused } from './refused.js';
import { StaticTokens } from './static-tokens.js';

/** Much longer ones do not fit into a request's header anyway. */
const MAX_TOKEN_LENGTH = 16 * 1024;

/** Decides by its token whether a client may connect. */
export class Authenticator {
  /** Whether a token is asked for at all. */
  readonly required: boolean;
  readonly #tokens: StaticTokens;
  readonly #jwt: JwtVerifier | undefined;
  readonly #log: Logger;
  readonly #stopWatching: (() => void)[] = [];
  #fileTokens: StaticTokens | undefined;

  /** Throws an Error that names the setting which cannot be used. */
  constructor(auth: Configuration['auth'], needsSubject: boolean, log: Logger) {
    this.#log = log;
    this.#tokens = told('auth.tokens', () => new StaticTokens(auth.tokens));
    if (auth.tokensFile !== '') {
      this.#follow('auth.tokensFile', auth.tokensFile, (text) => {
        this.#fileTokens = StaticTokens.parse(text);
      });
    }
    if (auth.jwtSecret !== '' || auth.jwtKeys !== '') {
      const remote = isKeyUrl(auth.jwtKeys)
        ? told('auth.jwtKeys', () => remoteKeys(auth.jwtKeys))
        : undefined;
      const jwt = new JwtVerifier(
        {
          secret: auth.jwtSecret,
          algorithms: auth.jwtAlgorithms,
          issuer: auth.jwtIssuer,
          audience: auth.jwtAudience,
          clockToleranceSeconds: auth.jwtClockTolerance,
          needsSubject,
        },
        remote,
      );
      this.#jwt = jwt;
      if (auth.jwtKeys !== '' && remote === undefined) {
        this.#follow('auth.jwtKeys', auth.jwtKeys, (text) => {
          jwt.keys = parseKeys(text);
        });
      }
    }
    this.required = auth.tokens.length > 0 || auth.tokensFile !== '' || this.#jwt !== undefined;
  }

  /** Throws {@link Refused}. */
  async authenticate(token: string | undefined): Promise<Principal> {
    if (!this.required) return ANYBODY;
    if (token === undefined) throw new Refused(401, 'Refused a connection: it has no token');
    if (token.length <= MAX_TOKEN_LENGTH) {
      const known = this.#tokens.find(token) ?? this.#fileTokens?.find(token);
      if (known !== undefined) return known;
      if (this.#jwt !== undefined) return this.#jwt.verify(token);
    }
    throw new Refused(401, 'Refused a connection: its token is unknown');
  }

  /** Looks after files no more. */
  close(): void {
    for (const stop of this.#stopWatching) stop();
  }

  /** Uses the content of a file, now and whenever it changes. */
  #follow(setting: string, file: string, use: (text: string) => void): void {
    told(setting, () => use(readFileSync(file, 'utf8')));
    const reload = () => {
      try {
        use(readFileSync(file, 'utf8'));
        this.#log.info({ file }, `${setting} read again`);
      } catch (err) {
        this.#log.error({ err, file }, `${setting} cannot be used as it is now; what was read before holds`);
      }
    };
    this.#stopWatching.push(watchFiles([file], reload));
  }
}

function told<T>(setting: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw new Error(`${setting}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
