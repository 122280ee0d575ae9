import { parseIp } from '../ip.js';
import { StunAttribute, StunClass, StunMethod } from '../stun/attributes.js';
import { parseStun, type StunMessage } from '../stun/message.js';
import { StunWriter } from '../stun/writer.js';
import { parseChannelData, writeChannelData } from '../turn/channel-data.js';
import { longTermKey } from '../turn/credentials.js';

export interface PeerDatagram {
  address: string;
  port: number;
  data: Uint8Array;
}

/** The server's side of one allocation, strict in what it accepts, for tests of the client. */
export class EmulatedTurnServer {
  readonly realm = 'example.org';
  nonce = 'first-nonce';
  username = 'user';
  password = 'secret';
  lifetime = 600;
  relayed = { address: '198.51.100.77', port: 50_000 };
  mapped = { address: '203.0.113.5', port: 40_000 };
  /** Answers a method with this error instead. */
  readonly errors = new Map<number, number>();
  /** Does not answer these at all. */
  readonly silent = new Set<number>();
  alternate: { address: string; port: number } | undefined;
  allocated = false;
  readonly permissions = new Set<string>();
  readonly channels = new Map<number, { address: string; port: number }>();
  /** What was relayed to peers. */
  readonly relayedData: PeerDatagram[] = [];
  readonly requests: { method: number; authenticated: boolean; lifetime: number | undefined }[] = [];
  indications = 0;
  channelMessages = 0;
  readonly #writer = new StunWriter();

  /** Takes a message of the client; gives the answer. */
  receive(message: Uint8Array): Uint8Array | undefined {
    const channelData = parseChannelData(message);
    if (channelData) {
      const peer = this.channels.get(channelData.channel);
      if (!peer) throw new Error('data on a channel that is not bound');
      this.channelMessages++;
      this.relayedData.push({ ...peer, data: channelData.data.slice() });
      return undefined;
    }
    const stun = parseStun(message);
    if (!stun) throw new Error('the client sent something malformed');
    if (stun.messageClass === StunClass.Indication) {
      this.#indication(stun);
      return undefined;
    }
    return this.#request(stun);
  }

  #indication(stun: StunMessage): void {
    this.indications++;
    if (stun.method !== StunMethod.Send) return;
    const peer = stun.xorAddress(StunAttribute.XorPeerAddress)!;
    if (!this.permissions.has(peer.address)) throw new Error(`no permission for ${peer.address}`);
    this.relayedData.push({ ...peer, data: stun.value(StunAttribute.Data)!.slice() });
  }

  #request(stun: StunMessage): Uint8Array | undefined {
    const authenticated = stun.integrityOffset !== 0;
    this.requests.push({
      method: stun.method,
      authenticated,
      lifetime: stun.uint32(StunAttribute.Lifetime),
    });
    if (this.silent.has(stun.method)) return undefined;
    if (this.alternate) {
      const value = new Uint8Array(8);
      value[1] = 1;
      new DataView(value.buffer).setUint16(2, this.alternate.port);
      value.set(parseIp(this.alternate.address)!, 4);
      this.#writer.start(StunClass.Error, stun.transactionId, stun.method).errorCode(300, 'Try Alternate');
      return this.#writer.attribute(StunAttribute.AlternateServer, value).fingerprint().finish();
    }
    const key = longTermKey(this.username, this.realm, this.password);
    if (
      !authenticated ||
      stun.text(StunAttribute.Username) !== this.username ||
      stun.text(StunAttribute.Realm) !== this.realm ||
      !stun.integrityValid(key)
    ) {
      return this.#challenge(stun, 401);
    }
    if (stun.text(StunAttribute.Nonce) !== this.nonce) return this.#challenge(stun, 438);
    const error = this.errors.get(stun.method) ?? this.#perform(stun);
    const answerClass = error === undefined ? StunClass.Success : StunClass.Error;
    this.#writer.start(answerClass, stun.transactionId, stun.method);
    if (error !== undefined) this.#writer.errorCode(error, 'refused');
    else this.#fill(stun);
    return this.#writer.integrity(key).fingerprint().finish();
  }

  #challenge(stun: StunMessage, code: number): Uint8Array {
    return this.#writer
      .start(StunClass.Error, stun.transactionId, stun.method)
      .errorCode(code, 'credentials')
      .text(StunAttribute.Realm, this.realm)
      .text(StunAttribute.Nonce, this.nonce)
      .fingerprint()
      .finish();
  }

  /** The code of an error, if it is one. */
  #perform(stun: StunMessage): number | undefined {
    const peer = stun.xorAddress(StunAttribute.XorPeerAddress);
    if (stun.method === StunMethod.Allocate) {
      if (this.allocated) return 437;
      if (stun.uint32(StunAttribute.RequestedTransport) !== 17 << 24) return 442;
      this.allocated = true;
      return undefined;
    }
    if (!this.allocated) return 437;
    if (stun.method === StunMethod.Refresh) {
      if (stun.uint32(StunAttribute.Lifetime) === 0) this.allocated = false;
    } else if (stun.method === StunMethod.CreatePermission) {
      this.permissions.add(peer!.address);
    } else if (stun.method === StunMethod.ChannelBind) {
      const number = stun.uint32(StunAttribute.ChannelNumber)! >>> 16;
      const known = this.channels.get(number);
      if (known && (known.address !== peer!.address || known.port !== peer!.port)) return 400;
      if (number < 0x4000 || number > 0x4fff) return 400;
      this.channels.set(number, peer!);
      this.permissions.add(peer!.address);
    }
    return undefined;
  }

  #fill(stun: StunMessage): void {
    if (stun.method === StunMethod.Allocate) {
      this.#writer
        .xorAddressText(StunAttribute.XorRelayedAddress, this.relayed.address, this.relayed.port)
        .xorAddressText(StunAttribute.XorMappedAddress, this.mapped.address, this.mapped.port)
        .uint32(StunAttribute.Lifetime, this.lifetime);
    } else if (stun.method === StunMethod.Refresh) {
      const asked = stun.uint32(StunAttribute.Lifetime);
      this.#writer.uint32(StunAttribute.Lifetime, asked === 0 ? 0 : this.lifetime);
    }
  }

  /** What the server would send for a datagram of a peer; undefined without permission. */
  fromPeer(address: string, port: number, data: Uint8Array): Uint8Array | undefined {
    if (!this.permissions.has(address)) return undefined;
    for (const [number, peer] of this.channels) {
      if (peer.address === address && peer.port === port) return writeChannelData(number, data, false);
    }
    return this.#writer
      .start(StunClass.Indication, new Uint8Array(12), StunMethod.Data)
      .xorAddressText(StunAttribute.XorPeerAddress, address, port)
      .attribute(StunAttribute.Data, data)
      .finish();
  }
}
