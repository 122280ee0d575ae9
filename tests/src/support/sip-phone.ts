/** sipp as a phone that calls. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Recordings that come with sipp: seven seconds of speech in G.711 A-law, and the key 1 as telephone-event (type 101). */
export const SPEECH = '/usr/share/sip-tester/g711a.pcap';
export const KEY_1 = '/usr/share/sip-tester/dtmf_2833_1.pcap';

export function whyNoSipPhone(): string | undefined {
  if (spawnSync('sipp', ['-v'], { stdio: 'ignore' }).error || !existsSync(SPEECH)) {
    return 'needs the Debian package sip-tester';
  }
  // It plays recordings through a raw socket.
  return process.getuid?.() === 0 ? undefined : 'sipp plays recordings as root only';
}

export interface SipCall {
  /** SDP of the m-lines; `[media_port]` is where sipp receives, `[media_port+2]` the second one. */
  media: readonly string[];
  /** Recordings that are played one after the other, and how long each takes, ms. */
  play?: readonly { file: string; ms: number }[];
  /** Sends back what it hears and sees, for so long, ms. */
  echoMs?: number;
}

export class SipPhone {
  readonly #folder = mkdtempSync(join(tmpdir(), 'rivero-sipp-'));
  readonly #process: ChildProcess;
  /** Exit code of sipp: 0 when everything went as in its scenario. */
  readonly ended: Promise<number | null>;

  private constructor(call: SipCall, sipPort: number, mediaPort: number) {
    const file = join(this.#folder, 'caller.xml');
    writeFileSync(file, scenario(call));
    const args = [
      '-sf',
      file,
      '-m',
      '1',
      '-i',
      '127.0.0.1',
      '-mi',
      '127.0.0.1',
      '-mp',
      `${mediaPort}`,
      '-nostdin',
    ];
    if (call.echoMs !== undefined) args.push('-rtp_echo');
    this.#process = spawn('sipp', [...args, `127.0.0.1:${sipPort}`], { cwd: this.#folder, stdio: 'ignore' });
    this.ended = once(this.#process, 'exit').then(([code]) => code as number | null);
  }

  static async call(call: SipCall, sipPort: number): Promise<SipPhone> {
    return new SipPhone(call, sipPort, await freeMediaPort());
  }

  async stop(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Even, as RTP wants it. */
async function freeMediaPort(): Promise<number> {
  for (;;) {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address();
    socket.close();
    if (port % 2 === 0) return port;
  }
}

function scenario({ media, play = [], echoMs = 0 }: SipCall): string {
  const request = (method: string, number: number, body = ''): string => `
${method} sip:agent@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:caller@[local_ip]:[local_port]>;tag=[call_number]
To: <sip:agent@[remote_ip]:[remote_port]>${number > 1 || method === 'ACK' ? '[peer_tag_param]' : ''}
Call-ID: [call_id]
CSeq: ${number} ${method}
Contact: <sip:caller@[local_ip]:[local_port]>
Max-Forwards: 70
${body === '' ? 'Content-Length: 0\n\n' : `Content-Type: application/sdp\nContent-Length: [len]\n\n${body}`}`;
  const description = [
    'v=0',
    'o=phone 1 1 IN IP4 [local_ip]',
    's=-',
    'c=IN IP4 [media_ip]',
    't=0 0',
    ...media,
    '',
  ].join('\n');
  const plays = play
    .map(
      ({ file, ms }) =>
        `<nop><action><exec play_pcap_audio="${file}"/></action></nop><pause milliseconds="${ms}"/>`,
    )
    .join('\n');
  return `<?xml version="1.0" encoding="UTF-8"?>
<scenario name="caller">
<send retrans="500"><![CDATA[${request('INVITE', 1, description)}]]></send>
<recv response="100" optional="true"/>
<recv response="180" optional="true"/>
<recv response="200"/>
<send><![CDATA[${request('ACK', 1)}]]></send>
${plays}
<pause milliseconds="${echoMs + 1}"/>
<send retrans="500"><![CDATA[${request('BYE', 2)}]]></send>
<recv response="200"/>
</scenario>
`;
}
