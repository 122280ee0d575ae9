import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineError } from '@rivero/packet-engine';
import type { LocalAddress } from './local-addresses.js';
import { LocalSockets } from './local-sockets.js';

const ethernet: LocalAddress = { interfaceName: 'eth0', address: '192.0.2.2', family: 4, loopback: false };
const wireless: LocalAddress = { interfaceName: 'wlan0', address: '2001:db8::2', family: 6, loopback: false };
const MINUTE = 60_000;

/** What the packet engine does about sockets: numbers them, and has ports that others have taken. */
class Ports {
  readonly open = new Map<number, string>();
  readonly taken = new Set<string>();
  #next = 1;

  addSocket(address: string, port: number): { socket: number; port: number } {
    const socket = this.#next++;
    const bound = port === 0 ? 40_000 + socket : port;
    if (this.taken.has(`${address} ${bound}`)) throw new EngineError('ADDRESS_IN_USE', 'taken');
    this.open.set(socket, `${address} ${bound}`);
    return { socket, port: bound };
  }

  removeSocket(socket: number): void {
    assert.ok(this.open.delete(socket));
  }
}

test('all addresses have the same port', () => {
  const sockets = new LocalSockets(new Ports());
  sockets.bindAll([ethernet, wireless], 0);
  assert.deepEqual(
    sockets.present.map(({ address, port }) => [address, port]),
    [
      ['192.0.2.2', sockets.port],
      ['2001:db8::2', sockets.port],
    ],
  );
});

test('a port that is taken on one address is had on none', () => {
  const ports = new Ports();
  ports.taken.add('2001:db8::2 5000');
  const sockets = new LocalSockets(ports);
  assert.throws(() => sockets.bindAll([ethernet, wireless], 5000), /2001:db8::2 port 5000: taken/);
  assert.equal(ports.open.size, 0);
  assert.equal(sockets.port, 0);
});

test('where any port will do, one that is taken on another address is passed over', () => {
  const ports = new Ports();
  ports.taken.add('2001:db8::2 40001');
  const sockets = new LocalSockets(ports);
  sockets.bindAll([ethernet, wireless], 0);
  assert.equal(sockets.present.length, 2);
  assert.notEqual(sockets.port, 40_001);
});

test('an address that goes is not told of, and given up after a minute with all that is on it', () => {
  const ports = new Ports();
  const sockets = new LocalSockets(ports);
  sockets.bindAll([ethernet, wireless], 5000);
  const gone = sockets.present[1]!.socket;
  sockets.spare(gone, () => true);
  const left = new Set([ethernet.address]);

  assert.deepEqual(sockets.closeAbsent(left, 0), []);
  assert.deepEqual(
    sockets.present.map(({ address }) => address),
    [ethernet.address],
  );
  assert.ok(sockets.has(gone));
  assert.deepEqual(sockets.closeAbsent(left, MINUTE - 1), []);
  assert.deepEqual(sockets.closeAbsent(left, MINUTE), [wireless.address]);
  assert.ok(!sockets.has(gone));
  assert.deepEqual([...ports.open.values()], ['192.0.2.2 5000']);
});

test('an address that comes back in time keeps its socket, and another absence counts from its own beginning', () => {
  const sockets = new LocalSockets(new Ports());
  sockets.bindAll([ethernet], 5000);
  const { socket } = sockets.present[0]!;
  sockets.closeAbsent(new Set(), 0);
  sockets.closeAbsent(new Set([ethernet.address]), MINUTE - 1);
  assert.equal(sockets.present[0]?.socket, socket);
  sockets.closeAbsent(new Set(), MINUTE);
  assert.deepEqual(sockets.closeAbsent(new Set(), 2 * MINUTE - 1), []);
});

test('a further socket is made when none of those on the address is free, up to a limit', () => {
  const sockets = new LocalSockets(new Ports());
  sockets.bindAll([ethernet, wireless], 5000);
  const [first, second] = sockets.present.map(({ socket }) => socket) as [number, number];
  const spare = sockets.spare(first, () => false);
  assert.equal(spare?.address, ethernet.address);
  assert.notEqual(spare.port, 5000);
  assert.ok(sockets.has(spare.socket));
  assert.equal(
    sockets.spare(first, () => true),
    spare,
  );
  assert.equal(sockets.spare(second, () => true)?.address, wireless.address);
  while (sockets.spare(first, () => false) !== undefined);
  assert.equal(
    sockets.spare(first, () => true),
    spare,
  );
  assert.equal(
    sockets.spare(-1, () => true),
    undefined,
  );
});
