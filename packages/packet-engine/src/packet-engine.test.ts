import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { EngineError, type EngineErrorCode } from './errors.js';
import { ConsumerRecord, NO_SESSION } from './layout.js';
import { PacketEngine, type PacketEngineOptions } from './packet-engine.js';
import { filled } from './test-support/packets.js';
import { skipWithoutIPv6, UdpPeer } from './test-support/udp-peer.js';
import { until } from './test-support/wait.js';

const open: { close(): void }[] = [];
afterEach(() => {
  for (const engine of open.splice(0)) engine.close();
});

function create(options: Partial<PacketEngineOptions> = {}): PacketEngine {
  const engine = new PacketEngine({ onBatch: () => {}, ...options });
  open.push(engine);
  return engine;
}

function throwsCode(code: EngineErrorCode, call: () => unknown): void {
  assert.throws(call, (error) => {
    assert.ok(error instanceof EngineError, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  });
}

test('opening a socket says why it failed', () => {
  const engine = create();
  const { port } = engine.addSocket('127.0.0.1', 0, 4);
  throwsCode('ADDRESS_IN_USE', () => engine.addSocket('127.0.0.1', port, 4));
  throwsCode('ADDRESS_NOT_AVAILABLE', () => engine.addSocket('192.0.2.77', 0, 4));
  throwsCode('INVALID_ARGUMENT', () => engine.addSocket('localhost', 0, 4));
  throwsCode('INVALID_ARGUMENT', () => engine.addSocket('127.0.0.1', 65536, 4));
  throwsCode('INVALID_ARGUMENT', () => engine.addSocket('127.0.0.1', 0, 6));
  throwsCode('INVALID_ARGUMENT', () => engine.addSocket('::1%nonsense', 0, 6));
});

test('both families share a port, and there is room for many sockets', { skip: skipWithoutIPv6 }, () => {
  const engine = create();
  const { port } = engine.addSocket('::', 0, 6);
  engine.addSocket('0.0.0.0', port, 4);
  for (let i = 2; i < 300; i++) assert.equal(engine.addSocket('127.0.0.1', 0, 4).socket, i);
  engine.removeSocket(5);
  assert.equal(engine.addSocket('127.0.0.1', 0, 4).socket, 5);
});

test('a removed socket is free at once, and its sessions forget it', async () => {
  let batches = 0;
  const engine = create({ onBatch: () => batches++ });
  const first = engine.addSocket('127.0.0.1', 0, 4);
  engine.start();
  const peer = await UdpPeer.open();
  open.push(peer);
  const session = engine.addSession();
  engine.setSrtpKeys(session, 'AEAD_AES_128_GCM', filled(28, 1), filled(28, 2));
  engine.allowRemote(session, first.socket, peer.address, peer.port);
  engine.setRemote(session, first.socket, peer.address, peer.port);
  engine.removeSocket(first.socket);
  engine.removeSocket(first.socket);
  const second = engine.addSocket('127.0.0.1', first.port, 4);
  assert.deepEqual(second, first);
  assert.equal(engine.sendRtcp(session, filled(8, 0x80), 8), false);
  const stun = Uint8Array.from(Buffer.from('000100002112a442000102030405060708090a0b', 'hex'));
  peer.send(stun, second.port);
  await until(() => batches === 1, 'STUN on the new socket');
  assert.equal(engine.descriptors[1], -1);
  assert.equal(engine.sendRaw(second.socket, peer.address, peer.port, stun), true);
  assert.deepEqual(await peer.takeReceived(1), [stun]);
});

test('limits are errors, and numbers come back late', () => {
  const engine = create({ maxSessions: 2, maxConsumers: 2 });
  const [one] = [engine.addSession(), engine.addSession()];
  throwsCode('SESSION_LIMIT', () => engine.addSession());
  engine.removeSession(one!);
  assert.equal(engine.addSession(), one);
  const consumers = [engine.addConsumer(), engine.addConsumer()];
  throwsCode('CONSUMER_LIMIT', () => engine.addConsumer());
  engine.removeConsumer(consumers[1]!);
  engine.removeConsumer(consumers[0]!);
  engine.consumers.fill(7);
  assert.equal(engine.addConsumer(), consumers[1]);
  const record = engine.consumers.subarray(32 * consumers[1]!, 32 * consumers[1]! + 32);
  assert.equal(record[ConsumerRecord.Session], NO_SESSION);
  assert.ok(record.subarray(1).every((word) => word === 0));
});

test('what makes no sense is an INVALID_ARGUMENT', () => {
  const invalid = (call: () => unknown): void => throwsCode('INVALID_ARGUMENT', call);
  for (const slots of [0, 64, 1000, 128.5, Number.NaN, -128, 2 ** 32]) invalid(() => create({ slots }));
  invalid(() => create({ maxSessions: 0 }));
  invalid(() => create({ maxConsumers: 2 ** 24 }));
  invalid(() => create({ maxCommands: '5' as unknown as number }));
  const engine = create();
  const { socket } = engine.addSocket('127.0.0.1', 0, 4);
  const session = engine.addSession();
  const key = filled(28, 1);
  for (const wrong of [
    -1,
    1,
    4096,
    0.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    undefined as unknown as number,
  ]) {
    invalid(() => engine.removeSession(wrong));
    invalid(() => engine.setSrtpKeys(wrong, 'AEAD_AES_128_GCM', key, key));
    invalid(() => engine.allowRemote(wrong, socket, '127.0.0.1', 1));
    invalid(() => engine.setRemote(session, wrong, '127.0.0.1', 1));
    invalid(() => engine.sendRtcp(wrong, key, 8));
    invalid(() => engine.removeConsumer(wrong));
    invalid(() => engine.resetReceiveStream(wrong, 1));
  }
  invalid(() => engine.setRemote(session, socket, '::1', 1));
  invalid(() => engine.setRemote(session, socket, 'example.org', 1));
  invalid(() => engine.setRemote(session, socket, '127.0.0.1', -1));
  invalid(() => engine.setSrtpKeys(session, 'AEAD_AES_128_GCM', key, key.subarray(1)));
  invalid(() => engine.sendRtcp(session, key, 29));
  invalid(() => engine.sendRtcp(session, key, -1));
  invalid(() => engine.sendRaw(socket, '127.0.0.1', 1, [1] as unknown as Uint8Array));
  invalid(() => engine.flush(65537));
  invalid(() => engine.flush(-1));
  invalid(() => engine.sourceAddress(64));
  invalid(() => engine.resetReceiveStream(session, -1));
});

test('sending raw to what cannot be reached is false, not an error', () => {
  const engine = create();
  const { socket } = engine.addSocket('127.0.0.1', 0, 4);
  assert.equal(engine.sendRaw(socket, '::1', 5000, filled(4, 1)), false);
  assert.equal(engine.sendRaw(9, '127.0.0.1', 5000, filled(4, 1)), false);
  assert.equal(engine.sendRaw(socket, '127.0.0.1', 5000, new Uint8Array(70000)), false);
});

test('a closed engine takes any call', () => {
  const engine = create();
  const { socket } = engine.addSocket('127.0.0.1', 0, 4);
  engine.start();
  throwsCode('INVALID_STATE', () => engine.start());
  const session = engine.addSession();
  engine.close();
  engine.close();
  throwsCode('CLOSED', () => engine.start());
  throwsCode('CLOSED', () => engine.addSocket('127.0.0.1', 0, 4));
  throwsCode('CLOSED', () => engine.addSession());
  engine.removeSession(session);
  engine.removeSocket(socket);
  assert.equal(engine.flush(1), 0);
  assert.equal(engine.sendRaw(socket, '127.0.0.1', 1, filled(4, 1)), false);
  assert.equal(engine.slab.length, 8192 * 2048);
});

test('the shared memory cannot be taken away from the engine, and outlives it', async () => {
  const engine = create({ slots: 1024 });
  for (const { buffer } of [engine.commands, engine.slab]) {
    try {
      structuredClone(buffer, { transfer: [buffer as ArrayBuffer] }); // a copy in older versions of Node.js
    } catch (error) {
      assert.equal((error as Error).name, 'DataCloneError');
    }
  }
  const { port } = engine.addSocket('127.0.0.1', 0, 4);
  engine.start();
  const peer = await UdpPeer.open();
  open.push(peer);
  peer.send(filled(100, 3), port);
  await until(() => engine.counters[0]! === 1, 'a datagram');
  engine.close();
  engine.slab.fill(1);
  engine.commands.fill(1);
  assert.equal(engine.counters[0], 1);
});
