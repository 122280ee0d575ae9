import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { profileNumber, type SrtpProfile } from '../srtp-profile.js';
import { fromHex, hex } from './packets.js';

const SOURCE = fileURLToPath(new URL('../../test-native/libsrtp_peer.c', import.meta.url));
const BUILD = fileURLToPath(new URL('../../build', import.meta.url));

/** What libsrtp2 answered: 0 is success (srtp_err_status_t). */
export interface LibsrtpAnswer {
  status: number;
  packet: Uint8Array;
}

export const LIBSRTP_REPLAY_FAIL = 9;

/** A process with libsrtp2 in it, see test-native/libsrtp_peer.c. */
export class LibsrtpPeer {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: Interface;
  readonly #waiting: ((line: string) => void)[] = [];

  /** Several keys, each with its MKI: see useKey. */
  constructor(
    profile: SrtpProfile,
    sendKeys: Uint8Array | readonly Uint8Array[],
    receiveKeys: Uint8Array | readonly Uint8Array[],
    mkis?: { send: readonly Uint8Array[]; receive: readonly Uint8Array[] },
  ) {
    const lists = [sendKeys, receiveKeys, ...(mkis === undefined ? [] : [mkis.send, mkis.receive])];
    const words = lists.map((list) => (list instanceof Uint8Array ? hex(list) : list.map(hex).join()));
    this.#process = spawn(compile(), [String(profileNumber(profile)), ...words]);
    this.#lines = createInterface({ input: this.#process.stdout });
    this.#lines.on('line', (line) => this.#waiting.shift()?.(line));
    this.#lines.on('close', () => {
      for (const resolve of this.#waiting.splice(0)) resolve('-1 ');
    });
  }

  protect(packet: Uint8Array): Promise<LibsrtpAnswer> {
    return this.#ask(`protect ${hex(packet)}`);
  }

  unprotect(packet: Uint8Array): Promise<LibsrtpAnswer> {
    return this.#ask(`unprotect ${hex(packet)}`);
  }

  protectRtcp(packet: Uint8Array): Promise<LibsrtpAnswer> {
    return this.#ask(`protect-rtcp ${hex(packet)}`);
  }

  unprotectRtcp(packet: Uint8Array): Promise<LibsrtpAnswer> {
    return this.#ask(`unprotect-rtcp ${hex(packet)}`);
  }

  /** The one that is used to send. */
  async useKey(number: number): Promise<void> {
    await this.#ask(`key ${number}`);
  }

  close(): void {
    this.#process.stdin.end();
  }

  async #ask(line: string): Promise<LibsrtpAnswer> {
    const answer = await new Promise<string>((resolve) => {
      this.#waiting.push(resolve);
      this.#process.stdin.write(`${line}\n`);
    });
    const [status, packet] = answer.split(' ');
    return { status: Number(status), packet: fromHex(packet ?? '') };
  }
}

/** The program, compiled once for each version of its source. */
function compile(): string {
  if (!existsSync('/usr/include/srtp2/srtp.h')) {
    throw new Error('libsrtp2 is missing: apt-get install libsrtp2-dev');
  }
  const digest = createHash('sha256').update(readFileSync(SOURCE)).digest('hex').slice(0, 16);
  const program = `${BUILD}/libsrtp_peer-${digest}`;
  if (!existsSync(program)) {
    mkdirSync(BUILD, { recursive: true });
    const temporary = `${program}.${process.pid}`;
    execFileSync(process.env.CC ?? 'cc', ['-O2', '-o', temporary, SOURCE, '-lsrtp2']);
    renameSync(temporary, program);
  }
  return program;
}
