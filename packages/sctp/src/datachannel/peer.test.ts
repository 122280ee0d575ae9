import assert from 'node:assert/strict';
import { test } from 'node:test';
import { count, messages, PeerPair, peer } from '../testing/peers.js';
import { pattern } from '../testing/random.js';

test('a channel opened on one side opens on both, with all its properties', () => {
  const pair = new PeerPair({ delay: 10 });
  const options = { label: 'gräph', protocol: 'json', ordered: false, maxRetransmits: 2, priority: 512 };
  const id = pair.client.open(0, options);
  pair.client.send(0, id, 'early');
  pair.connect();
  assert.ok(pair.until(() => count(pair.clientEvents, 'open') === 1));
  const known = { id, ...options, negotiated: false, state: 'open' };
  assert.deepEqual(pair.client.channel(id), { ...known, remote: false });
  assert.deepEqual(pair.server.channel(id), { ...known, remote: true });
  assert.ok(pair.until(() => pair.received(id).length === 1));
  assert.deepEqual(pair.received(id), ['early']);
  assert.deepEqual(
    pair.serverEvents.map(({ type }) => type),
    ['state', 'open', 'message'],
  );
});

test('ids are even for the DTLS client and odd for the server', () => {
  const pair = new PeerPair({ delay: 1 }).connect();
  const label = 'x';
  const ids = [pair.client, pair.server].flatMap((end) => [
    end.open(pair.now, { label }),
    end.open(pair.now, { label }),
  ]);
  assert.deepEqual(ids, [0, 2, 1, 3]);
  assert.ok(
    pair.until(() => count(pair.clientEvents, 'open') === 4 && count(pair.serverEvents, 'open') === 4),
  );
  assert.throws(() => pair.client.open(pair.now, { label, id: 5 }), { code: 'INVALID_ARGUMENT' });
  assert.throws(() => pair.client.open(pair.now, { label, id: 2 }), { code: 'INVALID_ARGUMENT' });
  assert.equal(pair.client.open(pair.now, { label, id: 40 }), 40);
});

test('strings, bytes and empty messages of both kinds arrive as what they are', () => {
  const pair = new PeerPair({ delay: 5 }).connect();
  const id = pair.open();
  const { client } = pair;
  client.send(pair.now, id, 'täxt');
  client.send(pair.now, id, Uint8Array.of(0, 1, 255));
  client.send(pair.now, id, '');
  client.send(pair.now, id, new Uint8Array(0));
  client.send(pair.now, id, Buffer.from('forwarded'), false);
  assert.ok(pair.until(() => count(pair.serverEvents, 'message') === 5));
  const got = pair.serverEvents.flatMap((event) =>
    event.type === 'message' ? [[Buffer.from(event.data).toString('latin1'), event.binary]] : [],
  );
  assert.deepEqual(got, [
    [Buffer.from('täxt').toString('latin1'), false],
    ['\x00\x01\xff', true],
    ['', false],
    ['', true],
    ['forwarded', false],
  ]);
});

test('messages of 256 KiB pass both ways; one byte more is refused', () => {
  const pair = new PeerPair({ delay: 5, loss: 0.01 }).connect();
  const id = pair.open();
  const large = pattern(262_144);
  pair.client.send(pair.now, id, large);
  pair.server.send(pair.now, id, large);
  assert.ok(
    pair.until(() => count(pair.serverEvents, 'message') + count(pair.clientEvents, 'message') === 2),
  );
  assert.deepEqual(messages(pair.serverEvents, id)[0], large);
  assert.deepEqual(messages(pair.clientEvents, id)[0], large);
  assert.throws(() => pair.client.send(pair.now, id, new Uint8Array(262_145)), { code: 'MESSAGE_TOO_LARGE' });
});

test('a peer that sends more than announced is cut off', () => {
  const pair = new PeerPair({ delay: 5 }, { remoteMaxMessageSize: 0 }, { maxMessageSize: 10_000 }).connect();
  const id = pair.open();
  pair.client.send(pair.now, id, pattern(10_001));
  assert.ok(pair.until(() => pair.server.state === 'closed' && pair.client.state === 'closed'));
  assert.equal(count(pair.serverEvents, 'message'), 0);
  assert.equal(count(pair.serverEvents, 'closed'), 1);
});

test('a channel closed on either side closes on both, after what was queued', () => {
  const pair = new PeerPair({ delay: 20, loss: 0.1 }).connect();
  const ids = [pair.open(), pair.open()];
  pair.client.send(pair.now, ids[0]!, pattern(100_000));
  pair.client.close(pair.now, ids[0]!);
  assert.equal(pair.client.channel(ids[0]!)?.state, 'closing');
  assert.throws(() => pair.client.send(pair.now, ids[0]!, 'late'), { code: 'INVALID_STATE' });
  pair.server.close(pair.now, ids[1]!);
  assert.ok(
    pair.until(() => count(pair.clientEvents, 'closed') === 2 && count(pair.serverEvents, 'closed') === 2),
  );
  assert.equal(messages(pair.serverEvents, ids[0]!)[0]?.length, 100_000);
  assert.deepEqual([pair.client.channels(), pair.server.channels()], [[], []]);
  assert.throws(() => pair.client.send(pair.now, ids[0]!, 'later'), { code: 'UNKNOWN_CHANNEL' });
});

test('a channel may be closed before the association is set up, and by both sides at once', () => {
  const pair = new PeerPair({ delay: 20 });
  const early = pair.client.open(0, { label: 'early' });
  pair.client.close(0, early);
  pair.connect();
  assert.ok(
    pair.until(() => count(pair.clientEvents, 'closed') === 1 && count(pair.serverEvents, 'closed') === 1),
  );
  const id = pair.open();
  pair.client.close(pair.now, id);
  pair.server.close(pair.now, id);
  assert.ok(
    pair.until(() => count(pair.clientEvents, 'closed') === 2 && count(pair.serverEvents, 'closed') === 2),
  );
});

test('ids are used again and again', () => {
  const pair = new PeerPair({ delay: 5, loss: 0.1, seed: 4 }, { maxChannels: 4 }).connect();
  for (let round = 0; round < 20; round++) {
    const id = pair.open({ label: `round ${round}` });
    assert.equal(id, 0);
    pair.client.send(pair.now, id, `message ${round}`);
    (round % 2 ? pair.client : pair.server).close(pair.now, id);
    const closed = (): boolean => pair.client.channels().length + pair.server.channels().length === 0;
    assert.ok(pair.until(closed));
  }
  const labels = pair.serverEvents.flatMap((event) => (event.type === 'open' ? [event.channel.label] : []));
  assert.equal(labels.length, 20);
  assert.equal(labels[19], 'round 19');
});

test('a thousand channels open, carry messages and close', () => {
  const pair = new PeerPair({ delay: 10, loss: 0.02 }).connect();
  const ids: number[] = [];
  for (let i = 0; i < 500; i++) {
    ids.push(pair.client.open(pair.now, { label: `c${i}` }), pair.server.open(pair.now, { label: `s${i}` }));
  }
  for (const id of ids) (id % 2 ? pair.server : pair.client).send(pair.now, id, `hello ${id}`);
  const all = (): boolean =>
    count(pair.clientEvents, 'message') === 500 && count(pair.serverEvents, 'message') === 500;
  assert.ok(pair.until(all));
  assert.ok(ids.every((id) => messages(id % 2 ? pair.clientEvents : pair.serverEvents, id).length === 1));
  for (const id of ids) pair.client.close(pair.now, id);
  const none = (): boolean => pair.client.channels().length + pair.server.channels().length === 0;
  assert.ok(pair.until(none));
  assert.equal(count(pair.serverEvents, 'closed'), 1000);
});

test('there are only so many channels', () => {
  const pair = new PeerPair({ delay: 1 }, { maxChannels: 3 }, { maxChannels: 2 }).connect();
  for (let i = 0; i < 3; i++) pair.client.open(pair.now, { label: `${i}` });
  assert.throws(() => pair.client.open(pair.now, { label: 'x' }), { code: 'NO_FREE_STREAM' });
  // The server takes two and resets the third.
  pair.pass(2000);
  assert.equal(pair.server.channels().length, 2);
  assert.equal(pair.server.counters.badOpens, 1);
  assert.deepEqual(
    pair.client.channels().map(({ id }) => id),
    [0, 2],
  );
});

test('channels that were agreed on otherwise need no opening', () => {
  const pair = new PeerPair({ delay: 5 });
  const options = { label: 'known', negotiated: true, id: 7 };
  pair.client.open(0, options);
  pair.server.open(0, options);
  assert.throws(() => pair.server.open(0, { label: 'x', negotiated: true }), { code: 'INVALID_ARGUMENT' });
  pair.connect();
  pair.client.send(pair.now, 7, 'hi');
  assert.ok(pair.until(() => pair.received(7).length === 1));
  assert.equal(count(pair.clientEvents, 'open'), 1);
});

test('bufferedAmount counts what is not sent, and its falling to the threshold is told', () => {
  const pair = new PeerPair({ delay: 20, rate: 5e6 }).connect();
  const id = pair.open();
  pair.clientEvents.length = 0;
  pair.client.setBufferedAmountLowThreshold(id, 50_000);
  for (let i = 0; i < 10; i++) pair.client.send(pair.now, id, pattern(20_000));
  assert.equal(pair.client.bufferedAmount(id), 200_000);
  assert.ok(pair.until(() => count(pair.clientEvents, 'bufferedAmountLow') === 1));
  assert.ok(pair.client.bufferedAmount(id) <= 50_000 && pair.client.bufferedAmount(id) > 0);
  assert.ok(pair.until(() => count(pair.serverEvents, 'message') === 10));
  assert.equal(count(pair.clientEvents, 'bufferedAmountLow'), 1);
});

test('a full send buffer is an error, not a loss', () => {
  const pair = new PeerPair({ delay: 20 }, { limits: { sendBuffer: 100_000 } }).connect();
  const id = pair.open();
  const data = pattern(10_000);
  for (let i = 0; i < 10; i++) pair.client.send(pair.now, id, data);
  assert.throws(() => pair.client.send(pair.now, id, data), { code: 'BUFFER_FULL' });
  assert.ok(pair.until(() => pair.client.totalBuffered === 0));
  pair.client.send(pair.now, id, data);
  assert.ok(pair.until(() => count(pair.serverEvents, 'message') === 11));
});

test('events that nobody takes stop the sender instead of filling memory', () => {
  const pair = new PeerPair({ delay: 5 }, { limits: { receiveBuffer: 600_000 } }).connect();
  const id = pair.open();
  for (let i = 0; i < 100; i++) pair.client.send(pair.now, id, pattern(20_000));
  pair.network.run(() => false, 20_000);
  assert.equal(pair.client.state, 'connected');
  assert.ok(pair.client.bufferedAmount(id) > 1_000_000);
  assert.ok(pair.until(() => count(pair.serverEvents, 'message') === 100));
});

test('when the association ends all channels do, and nothing can be opened any more', () => {
  const pair = new PeerPair({ delay: 5 }).connect();
  pair.open();
  pair.open();
  pair.server.abort(pair.now);
  assert.ok(pair.until(() => pair.client.state === 'closed'));
  for (const events of [pair.clientEvents, pair.serverEvents]) {
    assert.equal(count(events, 'closed'), 2);
    assert.equal(events.at(-1)?.type, 'state');
  }
  assert.throws(() => pair.client.open(pair.now, { label: 'x' }), { code: 'INVALID_STATE' });
});

test('an association with fewer streams than channels closes those beyond', () => {
  const pair = new PeerPair({ delay: 5 }, {}, { limits: { streams: 4 } });
  const ids = Array.from({ length: 4 }, () => pair.client.open(0, { label: 'x' }));
  assert.deepEqual(ids, [0, 2, 4, 6]);
  pair.connect();
  pair.pass(1000);
  assert.deepEqual(
    pair.client.channels().map(({ id }) => id),
    [0, 2],
  );
  assert.equal(pair.client.state, 'connected');
  assert.throws(() => pair.client.open(pair.now, { label: 'x' }), { code: 'NO_FREE_STREAM' });
});

test('senseless options are refused', () => {
  const client = peer('client');
  const wrong = [
    { maxRetransmits: 1, maxPacketLifeTime: 1 },
    { maxRetransmits: -1 },
    { maxPacketLifeTime: 70_000 },
    { priority: 0.5 },
    { id: 1 },
    { id: 2048 },
    { protocol: 'x'.repeat(70_000) },
  ];
  for (const options of wrong) {
    assert.throws(() => client.open(0, { label: 'x', ...options }), { code: 'INVALID_ARGUMENT' });
  }
  assert.deepEqual(client.channels(), []);
});
