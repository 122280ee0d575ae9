import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { StunClass, StunMethod } from '../stun/attributes.js';
import { parseStun } from '../stun/message.js';
import { StunWriter } from '../stun/writer.js';
import { seededRandom } from '../testing/network.js';
import { EmulatedTurnServer } from '../testing/turn-server.js';
import { TurnClient } from './client.js';
import { longTermKey } from './credentials.js';
import type { TurnClientOptions, TurnEvent } from './types.js';

const PEER = { address: '192.0.2.9', port: 7000 };
const DATA = Uint8Array.of(1, 2, 3, 4, 5);

/** A client and its server on a path without delay, and a clock. */
class Scene {
  now = 1000;
  readonly server = new EmulatedTurnServer();
  readonly events: TurnEvent[] = [];
  readonly client: TurnClient;
  /** Messages of the client that get lost. */
  lose: (message: Uint8Array) => boolean = () => false;
  sent = 0;

  constructor(options: Partial<TurnClientOptions> = {}) {
    const random = seededRandom(7);
    this.client = new TurnClient({
      username: 'user',
      password: 'secret',
      randomBytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(random() * 256)),
      reliable: false,
      ...options,
    });
  }

  flush(): void {
    for (;;) {
      this.events.push(...this.client.takeEvents());
      const messages = this.client.takeTransmits();
      if (messages.length === 0) return;
      for (const message of messages) {
        this.sent++;
        if (this.lose(message)) continue;
        const answer = this.server.receive(message);
        if (answer) this.client.receive(this.now, answer);
      }
    }
  }

  start(): void {
    this.client.start(this.now);
    this.flush();
  }

  /** Lets so many milliseconds pass. */
  run(duration: number): void {
    const end = this.now + duration;
    for (let next = this.client.nextTimeout(); next <= end; next = this.client.nextTimeout()) {
      this.now = Math.max(this.now, next);
      this.client.handleTimeout(this.now);
      this.flush();
    }
    this.now = end;
  }

  send(data = DATA, peer = PEER): boolean {
    const accepted = this.client.send(this.now, peer.address, peer.port, data);
    this.flush();
    return accepted;
  }

  count(method: number): number {
    return this.server.requests.filter((request) => request.method === method).length;
  }
}

test('an allocation is made with the credentials that the server asks for', () => {
  const scene = new Scene();
  scene.start();
  assert.equal(scene.client.state, 'allocated');
  assert.deepEqual(scene.events, [
    { type: 'allocated', relayed: scene.server.relayed, mapped: scene.server.mapped },
  ]);
  const seen = scene.server.requests.map(({ method, authenticated }) => [method, authenticated]);
  assert.deepEqual(seen, [
    [StunMethod.Allocate, false],
    [StunMethod.Allocate, true],
  ]);
});

test('wrong credentials fail once they were refused', () => {
  const scene = new Scene({ password: 'wrong' });
  scene.start();
  assert.deepEqual(
    scene.events.map((event) => event.type === 'failed' && event.code),
    [401],
  );
  assert.equal(scene.server.requests.length, 2);
  assert.equal(scene.client.nextTimeout(), Number.POSITIVE_INFINITY);
});

test('a server that always has another nonce is given up', () => {
  const scene = new Scene();
  const { receive } = scene.server;
  scene.server.receive = (message) => {
    scene.server.nonce += 'x';
    return receive.call(scene.server, message);
  };
  scene.start();
  assert.deepEqual(
    scene.events.map((event) => event.type === 'failed' && event.code),
    [438],
  );
  assert.equal(scene.server.requests.length, 4);
});

test('a lost request is sent again, a silent server is given up in a few seconds', () => {
  const lossy = new Scene();
  let lost = 0;
  lossy.lose = () => lost++ % 2 === 0;
  lossy.start();
  lossy.run(3000);
  assert.equal(lossy.client.state, 'allocated');

  const silent = new Scene();
  silent.lose = () => true;
  silent.start();
  silent.run(30_000);
  assert.equal(silent.sent, 6);
  assert.deepEqual(silent.events, [{ type: 'failed', code: 0, reason: 'the server does not answer' }]);
});

test('over a stream nothing is sent twice', () => {
  const scene = new Scene({ reliable: true });
  scene.lose = () => true;
  scene.start();
  scene.run(60_000);
  assert.equal(scene.sent, 1);
  assert.equal(scene.client.state, 'failed');
});

test('errors of the server end the allocation with their code', () => {
  for (const code of [403, 437, 442, 486, 508]) {
    const scene = new Scene();
    scene.server.errors.set(StunMethod.Allocate, code);
    scene.start();
    assert.deepEqual(scene.events, [{ type: 'failed', code, reason: 'refused' }]);
  }
});

test('a redirection names the other server', () => {
  const scene = new Scene();
  scene.server.alternate = { address: '192.0.2.200', port: 3479 };
  scene.start();
  assert.deepEqual(scene.events, [{ type: 'redirected', server: { address: '192.0.2.200', port: 3479 } }]);
});

test('a first datagram waits for its permission, later ones go at once, by a channel when there is one', () => {
  const scene = new Scene();
  scene.start();
  scene.client.send(scene.now, PEER.address, PEER.port, DATA);
  scene.client.send(scene.now, PEER.address, 7001, DATA);
  scene.flush();
  assert.equal(scene.count(StunMethod.CreatePermission), 1);
  assert.deepEqual(scene.server.relayedData, [
    { ...PEER, data: DATA },
    { ...PEER, port: 7001, data: DATA },
  ]);
  scene.client.bindChannel(scene.now, PEER.address, PEER.port);
  scene.flush();
  scene.client.bindChannel(scene.now, PEER.address, PEER.port);
  scene.send();
  assert.equal(scene.count(StunMethod.ChannelBind), 1);
  assert.equal(scene.server.channelMessages, 1);
  assert.equal(scene.server.indications, 2);
  assert.equal(scene.server.relayedData.length, 3);
});

test('datagrams of peers come out with their source, by indication and by channel', () => {
  const scene = new Scene();
  scene.start();
  scene.send();
  const receive = () =>
    scene.client.receive(scene.now, scene.server.fromPeer(PEER.address, PEER.port, DATA)!);
  assert.deepEqual(receive(), { ...PEER, data: DATA });
  scene.client.bindChannel(scene.now, PEER.address, PEER.port);
  scene.flush();
  assert.deepEqual(receive(), { ...PEER, data: DATA });
});

test('a refused peer costs one request a minute and nothing is kept for it', () => {
  const scene = new Scene();
  scene.start();
  scene.server.errors.set(StunMethod.CreatePermission, 403);
  scene.send();
  assert.deepEqual(scene.events.at(-1), { type: 'refused', address: PEER.address, code: 403 });
  for (let i = 0; i < 50; i++) {
    assert.equal(scene.send(), false);
    scene.run(1000);
  }
  assert.equal(scene.count(StunMethod.CreatePermission), 1);
  scene.server.errors.clear();
  scene.run(11_000);
  assert.equal(scene.send(), true);
  assert.equal(scene.server.relayedData.length, 1);
});

test('without a channel indications go on', () => {
  const scene = new Scene();
  scene.start();
  scene.server.errors.set(StunMethod.ChannelBind, 400);
  scene.send();
  scene.client.bindChannel(scene.now, PEER.address, PEER.port);
  scene.flush();
  assert.equal(scene.send(), true);
  assert.equal(scene.server.indications, 2);
});

test('for hours: allocation, permission and channel are renewed in time, also with a new nonce', () => {
  const scene = new Scene();
  scene.start();
  scene.send();
  scene.client.bindChannel(scene.now, PEER.address, PEER.port);
  scene.flush();
  const counts = () =>
    [StunMethod.Refresh, StunMethod.CreatePermission, StunMethod.ChannelBind].map((m) => scene.count(m));
  for (let minute = 0; minute < 120; minute++) {
    if (minute % 25 === 0) scene.server.nonce = `nonce-${minute}`;
    scene.send();
    scene.run(60_000);
  }
  const [refreshes, permissions, channels] = counts();
  // 7200 s: each 540 s, 240 s, 540 s, and some twice for the sake of the nonce.
  assert.ok(refreshes! >= 13 && refreshes! <= 18, `${refreshes}`);
  assert.ok(permissions! >= 30 && permissions! <= 35, `${permissions}`);
  assert.ok(channels! >= 13 && channels! <= 18, `${channels}`);
  assert.equal(scene.client.state, 'allocated');
  assert.equal(scene.server.relayedData.length, 121);
});

test('what is not used is not renewed, but the way to the server is kept open', () => {
  const scene = new Scene();
  scene.start();
  scene.send();
  scene.client.bindChannel(scene.now, PEER.address, PEER.port);
  scene.flush();
  scene.run(3_600_000);
  assert.ok(scene.count(StunMethod.CreatePermission) <= 4);
  assert.ok(scene.count(StunMethod.ChannelBind) <= 3);
  assert.ok(scene.server.indications >= 3_600_000 / 20_000 - 20, `${scene.server.indications}`);
  assert.equal(scene.send(), true);
});

test('a short lifetime is renewed at its half', () => {
  const scene = new Scene();
  scene.server.lifetime = 60;
  scene.start();
  scene.run(301_000);
  assert.equal(scene.count(StunMethod.Refresh), 10);
});

test('an allocation that the server has forgotten, or a server that went away, is told', () => {
  const forgotten = new Scene();
  forgotten.start();
  forgotten.server.allocated = false;
  forgotten.send();
  assert.deepEqual(forgotten.events.at(-1), { type: 'failed', code: 437, reason: 'the allocation is gone' });
  assert.equal(forgotten.send(), false);

  const gone = new Scene();
  gone.start();
  gone.lose = () => true;
  gone.run(600_000);
  assert.equal(gone.client.state, 'failed');
});

test('closing gives the allocation back and ends everything', () => {
  const scene = new Scene();
  scene.start();
  scene.client.close(scene.now);
  scene.flush();
  assert.equal(scene.server.allocated, false);
  assert.equal(scene.client.nextTimeout(), Number.POSITIVE_INFINITY);
  assert.equal(scene.send(), false);
});

test('what waits and what is remembered is bounded', () => {
  const scene = new Scene();
  scene.start();
  scene.server.silent.add(StunMethod.CreatePermission);
  const accepted = (port: number, address = PEER.address) => scene.send(DATA, { address, port });
  assert.equal(Array.from({ length: 20 }, (_, i) => accepted(i + 1)).filter(Boolean).length, 8);
  const peers = Array.from({ length: 200 }, (_, i) => accepted(5, `192.0.2.${i + 20}`));
  assert.equal(peers.filter(Boolean).length, 56);
  assert.equal(scene.count(StunMethod.CreatePermission), 128);
  assert.equal(scene.send(new Uint8Array(1601)), false);
});

test('addresses that cannot be relayed to are refused', () => {
  const scene = new Scene();
  scene.start();
  for (const address of ['2001:db8::1', '224.0.0.1', '255.255.255.255', 'name', '']) {
    assert.equal(scene.send(DATA, { address, port: 5 }), false);
  }
  assert.equal(scene.count(StunMethod.CreatePermission), 0);
});

test('data of strangers and on unknown channels is ignored', () => {
  const scene = new Scene();
  scene.start();
  scene.send();
  scene.server.permissions.add('192.0.2.99');
  const stranger = scene.server.fromPeer('192.0.2.99', 5, DATA)!;
  assert.equal(scene.client.receive(scene.now, stranger), undefined);
  assert.equal(scene.client.receive(scene.now, Uint8Array.of(0x40, 0x55, 0, 1, 9)), undefined);
  assert.equal(scene.client.counters.ignored, 2);
});

test('a success that is not signed with the credentials is not believed', () => {
  const scene = new Scene();
  scene.start();
  const { receive } = scene.server;
  scene.server.receive = (message) => {
    const request = parseStun(message)!;
    const forged = new StunWriter().start(StunClass.Success, request.transactionId, request.method);
    scene.client.receive(scene.now, forged.fingerprint().finish());
    scene.client.receive(scene.now, forged.integrity(longTermKey('user', 'example.org', 'wrong')).finish());
    return undefined;
  };
  scene.send();
  assert.equal(scene.client.counters.ignored, 2);
  scene.server.receive = receive;
  assert.equal(scene.server.relayedData.length, 0);
  scene.run(250);
  assert.equal(scene.server.relayedData.length, 1);
});

test('no bytes make it throw', () => {
  const scene = new Scene();
  scene.start();
  scene.send();
  const message = scene.server.fromPeer(PEER.address, PEER.port, DATA)!;
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 100 }),
        fc.tuple(fc.nat(message.length - 1), fc.nat(255)).map(([at, value]) => {
          const copy = message.slice();
          copy[at] = value;
          return copy;
        }),
      ),
      (bytes) => {
        scene.client.receive(scene.now, bytes);
        assert.equal(scene.client.state, 'allocated');
      },
    ),
  );
});
