import assert from 'node:assert/strict';
import { longTermKey, parseStun, StunAttribute, StunClass, StunWriter, TurnClient } from '@rivero/ice';
import { samples } from './corpus.js';
import { mutate } from './mutate.js';
import { Random } from './random.js';
import type { FuzzRun, FuzzTarget } from './target.js';

const USER = 'user';
const PASSWORD = 'secret';
const REALM = 'example.org';
const NONCE = 'nonce';
const KEY = longTermKey(USER, REALM, PASSWORD);
const PEER = '198.51.100.2';

const known = [...samples('stun'), ...samples('turn'), ...samples('stream')];

/** The header of a STUN message, before its attributes. */
const HEADER = 20;

/** The attributes of a message in an answer to a request, as a server can make it that knows the password. */
function answerTo(request: Uint8Array, input: Uint8Array): Uint8Array | undefined {
  const asked = parseStun(request);
  if (asked === undefined || asked.messageClass !== StunClass.Request) return undefined;
  const outcome = input.length % 3 === 0 ? StunClass.Error : StunClass.Success;
  const writer = new StunWriter().start(outcome, asked.transactionId, asked.method);
  let room = 1000;
  for (let at = HEADER; at + 4 <= input.length && room > 0; ) {
    const type = (input[at]! << 8) | input[at + 1]!;
    const value = input.slice(at + 4, at + 4 + ((input[at + 2]! << 8) | input[at + 3]!));
    room -= 8 + value.length;
    const closing = type === StunAttribute.MessageIntegrity || type === StunAttribute.Fingerprint;
    if (!closing && room > 0) writer.attribute(type, value);
    at += 4 + ((value.length + 3) & ~3);
  }
  return writer.integrity(KEY).fingerprint().finish();
}

/** Brings a client to its allocation. */
function allocate(client: TurnClient): void {
  client.start(0);
  for (let step = 0; step < 2; step++) {
    const request = parseStun(client.takeTransmits()[0]!)!;
    const { transactionId, method } = request;
    const writer = new StunWriter();
    if (step === 0) {
      writer.start(StunClass.Error, transactionId, method).errorCode(401, 'credentials');
      writer.text(StunAttribute.Realm, REALM).text(StunAttribute.Nonce, NONCE);
      client.receive(0, writer.fingerprint().finish());
      continue;
    }
    writer
      .start(StunClass.Success, transactionId, method)
      .xorAddressText(StunAttribute.XorRelayedAddress, '198.51.100.77', 50_000)
      .uint32(StunAttribute.Lifetime, 600);
    client.receive(0, writer.integrity(KEY).fingerprint().finish());
  }
  assert.equal(client.state, 'allocated');
}

/** A client with an allocation, whose server says anything: to what it was asked, authentic, and as it comes. */
export const turnClient: FuzzTarget = {
  name: 'turn-client',
  lifetime: 200,
  input: (random) => mutate(random, known),
  open(): FuzzRun {
    const random = new Random(1);
    const client = new TurnClient({
      username: USER,
      password: PASSWORD,
      randomBytes: (count) => random.bytes(count),
      reliable: false,
    });
    allocate(client);
    let requests: Uint8Array[] = [];
    let now = 0;
    const receive = (message: Uint8Array): void => {
      const relayed = client.receive(now, message);
      if (relayed === undefined) return;
      assert.ok(relayed.data.buffer === message.buffer && relayed.data.length <= message.length);
      assert.ok(relayed.port >= 0 && relayed.port <= 65_535);
    };
    return {
      take(input) {
        now += 50;
        client.send(now, PEER, 1 + (input.length % 5), input);
        if (input.length % 7 === 0) client.bindChannel(now, PEER, 1 + (input.length % 5));
        receive(input);
        for (const request of requests) {
          const answer = answerTo(request, input);
          if (answer !== undefined) receive(answer);
        }
        if (client.nextTimeout() <= now) client.handleTimeout(now);
        const sent = client.takeTransmits();
        assert.ok(sent.length <= 160, `${sent.length} messages for ${requests.length + 2}`);
        requests = sent
          .filter((data) => parseStun(data)?.messageClass === StunClass.Request)
          .slice(-4)
          .map((data) => Uint8Array.from(data));
        assert.ok(client.takeEvents().length <= 16);
        assert.ok(client.nextTimeout() > 0);
      },
    };
  },
};
