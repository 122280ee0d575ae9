import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { WorkerHarness } from './worker-harness.js';

interface SipMessage {
  /** The request or status line. */
  start: string;
  headers: ReadonlyMap<string, string>;
  body: string;
}

const CRLF = '\r\n';

/**
 * A back-to-back user agent (RFC 7092) for one call, as small as can be: what an application does that puts the media
 * server between two phones. The caller's offer goes to an RtpEndpoint, another one's offer to the callee.
 */
export class SipApplication {
  readonly #socket: Socket;
  readonly #worker: WorkerHarness;
  readonly #pipeline: string;
  readonly #calleePort: number;
  #invited = false;
  /** `To` of the callee, with its tag. */
  #to: string | undefined;
  #answered: ((response: SipMessage) => void) | undefined;
  /** The RtpEndpoints of the two phones, once the call stands. */
  caller: string | undefined;
  callee: string | undefined;
  /** What went wrong in the handling of a message. */
  failure: unknown;

  private constructor(socket: Socket, worker: WorkerHarness, pipeline: string, calleePort: number) {
    this.#socket = socket;
    this.#worker = worker;
    this.#pipeline = pipeline;
    this.#calleePort = calleePort;
    socket.on('message', (data, from) => {
      this.#take(parse(String(data)), from).catch((error: unknown) => {
        this.failure = error;
      });
    });
  }

  static async open(worker: WorkerHarness, pipeline: string, calleePort: number): Promise<SipApplication> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new SipApplication(socket, worker, pipeline, calleePort);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  async close(): Promise<void> {
    this.#socket.close();
    await once(this.#socket, 'close');
  }

  async #take(message: SipMessage, from: RemoteInfo): Promise<void> {
    if (message.start.startsWith('SIP/2.0 200')) {
      this.#answered?.(message);
    } else if (message.start.startsWith('INVITE ')) {
      // Repeated until it is answered.
      if (this.#invited) return;
      this.#invited = true;
      this.#respond(message, from, '100 Trying');
      this.#respond(message, from, '200 OK', await this.#connect(message.body));
    } else if (message.start.startsWith('BYE ')) {
      this.#respond(message, from, '200 OK');
      this.#request('BYE', 2);
    }
  }

  /** Calls the other phone and lets the two hear each other; gives the answer for the caller. */
  async #connect(offer: string): Promise<string> {
    const worker = this.#worker;
    const caller = await worker.create('RtpEndpoint', this.#pipeline);
    const callee = await worker.create('RtpEndpoint', this.#pipeline);
    const answer = await worker.invoke<string>(caller, 'processOffer', { offer });
    const ours = await worker.invoke<string>(callee, 'generateOffer', {
      options: { offerToReceiveAudio: true, offerToReceiveVideo: false },
    });
    const response = await new Promise<SipMessage>((resolve) => {
      this.#answered = resolve;
      this.#request('INVITE', 1, ours);
    });
    this.#to = response.headers.get('to');
    this.#request('ACK', 1);
    await worker.invoke(callee, 'processAnswer', { answer: response.body });
    await worker.invoke(caller, 'connect', { sink: callee });
    await worker.invoke(callee, 'connect', { sink: caller });
    this.caller = caller;
    this.callee = callee;
    return answer;
  }

  #request(method: string, sequence: number, body = ''): void {
    const here = `127.0.0.1:${this.port}`;
    const target = `sip:callee@127.0.0.1:${this.#calleePort}`;
    const head = [
      `${method} ${target} SIP/2.0`,
      `Via: SIP/2.0/UDP ${here};branch=z9hG4bK-rivero-${method}`,
      `From: <sip:application@${here}>;tag=1`,
      `To: ${this.#to ?? `<${target}>`}`,
      'Call-ID: rivero-call',
      `CSeq: ${sequence} ${method}`,
      `Contact: <sip:application@${here}>`,
      'Max-Forwards: 70',
    ];
    this.#send(head, body, this.#calleePort);
  }

  #respond({ headers }: SipMessage, { port }: RemoteInfo, status: string, body = ''): void {
    const copy = (name: string): string => `${name}: ${headers.get(name.toLowerCase())}`;
    const tagged = headers.get('to')?.includes(';tag=') === true ? '' : ';tag=2';
    const here = `127.0.0.1:${this.port}`;
    const head = [
      `SIP/2.0 ${status}`,
      ...[copy('Via'), copy('From'), `${copy('To')}${tagged}`, copy('Call-ID'), copy('CSeq')],
      `Contact: <sip:application@${here}>`,
    ];
    this.#send(head, body, port);
  }

  #send(head: readonly string[], body: string, port: number): void {
    const content = body === '' ? [] : ['Content-Type: application/sdp'];
    const lines = [...head, ...content, `Content-Length: ${Buffer.byteLength(body)}`, '', body];
    this.#socket.send(lines.join(CRLF), port, '127.0.0.1');
  }
}

function parse(text: string): SipMessage {
  const end = text.indexOf(CRLF + CRLF);
  const [start = '', ...lines] = text.slice(0, end).split(CRLF);
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { start, headers: new Map(headers), body: text.slice(end + 4) };
}
