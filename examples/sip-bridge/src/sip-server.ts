import { randomBytes } from 'node:crypto';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { EventEmitter, once } from 'node:events';
import { addressIn, allOf, formatSip, header, parseSip, type SipMessage } from './sip-message.js';

/** RFC 3261 section 17: first interval of repetitions, ms, and when they end. */
const T1 = 500;
const T2 = 4000;
const GIVE_UP_MS = 64 * T1;

/** A phone calls. Emits `ended` once, however the call ends. */
export class IncomingCall extends EventEmitter<{ ended: [] }> {
  readonly caller: string;
  /** The session description that the phone offers. */
  readonly offer: string;
  readonly #socket: Socket;
  readonly #invite: SipMessage;
  readonly #remote: RemoteInfo;
  readonly #tag = randomBytes(6).toString('hex');
  readonly #contact: string;
  /** The newest response to the INVITE: what its repetitions get. */
  #response = '';
  #state: 'ringing' | 'answered' | 'ended' = 'ringing';
  #repeating: NodeJS.Timeout | undefined;
  #negotiate: ((offer: string) => Promise<string>) | undefined;
  /** The offer in the middle of the call that is dealt with, or was last. */
  #change: { cseq: string; response: string } | undefined;

  constructor(socket: Socket, invite: SipMessage, remote: RemoteInfo) {
    super();
    this.#socket = socket;
    this.#invite = invite;
    this.#remote = remote;
    const { address, port } = socket.address();
    this.#contact = `<sip:bridge@${address}:${port}>`;
    this.caller = addressIn(header(invite, 'from'));
    this.offer = invite.body;
    this.#respond('100 Trying');
  }

  ring(): void {
    if (this.#state === 'ringing') this.#respond('180 Ringing');
  }

  /** Media before the call is taken, such as announcements: the description is that of the later answer. */
  progress(description: string): void {
    if (this.#state === 'ringing') this.#respond('183 Session Progress', description);
  }

  /** Has further offers of the phone answered: hold and resume, another address, another codec. One that throws is refused. */
  onOffer(negotiate: (offer: string) => Promise<string>): void {
    this.#negotiate = negotiate;
  }

  /** Takes the call. The answer is repeated until the phone has it. */
  answer(description: string): void {
    if (this.#state !== 'ringing') return;
    this.#state = 'answered';
    this.#respond('200 OK', description);
    this.#repeat(this.#response, () => this.hangUp());
  }

  reject(status: string): void {
    if (this.#state !== 'ringing') return;
    this.#respond(status);
    this.#end();
  }

  hangUp(): void {
    if (this.#state === 'ringing') this.reject('480 Temporarily Unavailable');
    if (this.#state === 'ended') return;
    const invite = this.#invite;
    const target = addressIn(header(invite, 'contact')) || this.caller;
    const { address, port } = this.#socket.address();
    const bye = formatSip(`BYE ${target} SIP/2.0`, [
      ['Via', `SIP/2.0/UDP ${address}:${port};branch=z9hG4bK${randomBytes(8).toString('hex')}`],
      ['From', this.#to],
      ['To', header(invite, 'from')],
      ['Call-ID', header(invite, 'call-id')],
      ['CSeq', '1 BYE'],
      ...allOf(invite, 'record-route').map((route): [string, string] => ['Route', route]),
      ['Max-Forwards', '70'],
    ]);
    this.#end();
    this.#send(bye);
    this.#repeat(bye, () => {});
  }

  /** Another message of this call. */
  take(message: SipMessage): void {
    const [method] = message.start.split(' ');
    if (method === 'SIP/2.0') {
      // The answer to BYE.
      if (!/ 1\d\d/.test(message.start)) this.#stopRepeating();
    } else if (method === 'INVITE') {
      if (header(message, 'cseq') === header(this.#invite, 'cseq')) this.#send(this.#response);
      else void this.#takeOffer(message);
    } else if (method === 'ACK') {
      this.#stopRepeating();
    } else if (method === 'CANCEL') {
      this.#send(responseTo(message, '200 OK', this.#to, this.#contact));
      this.reject('487 Request Terminated');
    } else if (method === 'BYE') {
      this.#send(responseTo(message, '200 OK', this.#to, this.#contact));
      this.#stopRepeating();
      this.#end();
    } else {
      this.#send(responseTo(message, '501 Not Implemented', this.#to, this.#contact));
    }
  }

  /** An INVITE in the middle of the call (section 14.2). */
  async #takeOffer(message: SipMessage): Promise<void> {
    const cseq = header(message, 'cseq');
    if (cseq === this.#change?.cseq) {
      this.#send(this.#change.response);
      return;
    }
    const respond = (status: string, body = ''): string => {
      const response = responseTo(message, status, this.#to, this.#contact, body);
      this.#send(response);
      return response;
    };
    if (this.#state !== 'answered' || this.#change?.response === '') {
      respond('491 Request Pending');
      return;
    }
    const change = { cseq, response: '' };
    this.#change = change;
    // Who calls without an offer wants one, which this side does not make.
    const negotiated = message.body === '' ? undefined : this.#negotiate?.(message.body);
    const answer = await negotiated?.catch(() => undefined);
    if (this.#state !== 'answered') {
      change.response = respond('487 Request Terminated');
    } else if (answer === undefined) {
      change.response = respond('488 Not Acceptable Here');
    } else {
      change.response = respond('200 OK', answer);
      this.#repeat(change.response, () => this.hangUp());
    }
  }

  get #to(): string {
    return `${header(this.#invite, 'to')};tag=${this.#tag}`;
  }

  #respond(status: string, body = ''): void {
    this.#response = responseTo(this.#invite, status, this.#to, this.#contact, body);
    this.#send(this.#response);
  }

  #send(message: string): void {
    this.#socket.send(message, this.#remote.port, this.#remote.address);
  }

  #repeat(message: string, givenUp: () => void): void {
    this.#stopRepeating();
    const since = Date.now();
    const next = (delay: number): void => {
      this.#repeating = setTimeout(() => {
        if (Date.now() - since >= GIVE_UP_MS) {
          givenUp();
          return;
        }
        this.#send(message);
        next(Math.min(T2, delay * 2));
      }, delay);
    };
    next(T1);
  }

  #stopRepeating(): void {
    clearTimeout(this.#repeating);
    this.#repeating = undefined;
  }

  #end(): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.emit('ended');
  }

  /** Repeats nothing any more. */
  close(): void {
    this.#stopRepeating();
  }
}

/** Takes calls by SIP over UDP: the side that is called (RFC 3261), without registration and authentication. */
export class SipServer extends EventEmitter<{ call: [IncomingCall] }> {
  readonly #socket: Socket;
  readonly #calls = new Map<string, IncomingCall>();

  private constructor(socket: Socket) {
    super();
    this.#socket = socket;
    socket.on('message', (data, remote) => this.#take(String(data), remote));
  }

  static async open(port: number, address = '127.0.0.1'): Promise<SipServer> {
    const socket = createSocket('udp4').bind(port, address);
    await once(socket, 'listening');
    return new SipServer(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  #take(text: string, remote: RemoteInfo): void {
    const message = parseSip(text);
    if (message === undefined) return;
    const id = header(message, 'call-id');
    const known = this.#calls.get(id);
    if (known !== undefined) {
      known.take(message);
      return;
    }
    const [method] = message.start.split(' ');
    if (method === 'INVITE') {
      const call = new IncomingCall(this.#socket, message, remote);
      this.#calls.set(id, call);
      // Repetitions of its messages may still come.
      call.once('ended', () => setTimeout(() => this.#calls.delete(id), GIVE_UP_MS).unref());
      this.emit('call', call);
    } else if (method !== 'ACK' && method !== 'SIP/2.0') {
      const status = method === 'OPTIONS' ? '200 OK' : '481 Call/Transaction Does Not Exist';
      const to = `${header(message, 'to')};tag=0`;
      this.#socket.send(responseTo(message, status, to, ''), remote.port, remote.address);
    }
  }

  /** Ends all calls. */
  async close(): Promise<void> {
    for (const call of this.#calls.values()) {
      call.hangUp();
      call.close();
    }
    this.#calls.clear();
    this.#socket.close();
    await once(this.#socket, 'close');
  }
}

function responseTo(request: SipMessage, status: string, to: string, contact: string, body = ''): string {
  const own = header(request, 'to').includes(';tag=') ? header(request, 'to') : to;
  return formatSip(
    `SIP/2.0 ${status}`,
    [
      ...allOf(request, 'via').map((value): [string, string] => ['Via', value]),
      ...allOf(request, 'record-route').map((value): [string, string] => ['Record-Route', value]),
      ['From', header(request, 'from')],
      ['To', own],
      ['Call-ID', header(request, 'call-id')],
      ['CSeq', header(request, 'cseq')],
      ...(contact === '' ? [] : [['Contact', contact] as const]),
      ...(body === '' ? [] : [['Content-Type', 'application/sdp'] as const]),
    ],
    body,
  );
}
