import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkFor } from '../testing/forge.js';
import { Network } from '../testing/network.js';
import { runFor, runUntil, TestPeer } from '../testing/peer.js';
import { A, bothAre, connect } from '../testing/scenario.js';

const good = { address: '198.51.100.1', port: 6000 };
const poor = { address: '198.51.100.2', port: 6000 };

/** A controlled agent and a browser-like peer with two addresses; its own agent only answers. */
function setUp(seed = 1) {
  const network = new Network(seed, { delay: 5 });
  const server = new TestPeer(network, 'server', [A], { role: 'controlled' });
  const browser = new TestPeer(network, 'browser', [good, poor], { role: 'controlling' });
  server.signal(browser, []);
  const nominate = (from: typeof good, useCandidate = true) => {
    const priority = from === good ? 2000 : 1000;
    network.send({ from, to: A, data: checkFor(server, browser, { useCandidate, priority }) });
  };
  browser.agent.setRemoteCredentials(server.agent.localUfrag, server.pwd);
  server.start();
  return { network, server, browser, nominate, peers: [server, browser] };
}

test('aggressive nomination: the first pair that works, then the better one', () => {
  const { server, browser, nominate, peers } = setUp();
  nominate(poor);
  runUntil(peers, () => server.agent.state === 'completed');
  assert.equal(server.agent.selectedPair!.address, poor.address);
  nominate(good);
  runUntil(peers, () => server.agent.selectedPair!.address === good.address, 100);
  // The worse one is still being nominated by checks under way: no flapping.
  nominate(poor);
  runFor(peers, 100);
  assert.equal(server.selections.length, 2);
  assert.equal(browser.agent.counters.requestsReceived, 2);
  // Kurento's order for a later, better pair.
  const tail = server.events
    .slice(-4)
    .map(({ event }) => (event.type === 'state' ? event.state : event.type));
  assert.deepEqual(tail, ['validated', 'connected', 'selectedPair', 'completed']);
});

test('the peer moves on purpose to a worse pair', () => {
  const { server, nominate, peers } = setUp();
  nominate(good);
  nominate(poor, false);
  runUntil(peers, () => server.agent.state === 'completed');
  runFor(peers, 2000);
  nominate(poor);
  runUntil(peers, () => server.agent.selectedPair!.address === poor.address, 100);
  assert.equal(server.validated.size, 2, 'both are known');
});

test('a nominated pair that was not heard for long is checked before it is used', () => {
  const { network, server, browser, nominate, peers } = setUp();
  nominate(good);
  nominate(poor, false);
  runUntil(peers, () => server.agent.state === 'completed');
  runFor(peers, 20_000);
  network.block = ({ to }) => to.address === poor.address;
  const received = browser.agent.counters.requestsReceived;
  nominate(poor);
  runFor(peers, 2000);
  assert.equal(server.agent.selectedPair!.address, good.address, 'no answer, no change');
  network.block = () => false;
  runUntil(peers, () => server.agent.selectedPair!.address === poor.address);
  assert.ok(browser.agent.counters.requestsReceived > received);
});

test('nomination without a check of ours that succeeds selects nothing', () => {
  const { network, server, nominate, peers } = setUp();
  network.block = ({ from }) => from.address !== A.address;
  const { block } = network;
  network.block = () => false;
  nominate(good);
  network.block = block;
  runFor(peers, 60_000);
  assert.equal(server.selections.length, 0);
  assert.equal(server.agent.state, 'failed');
});

test('better pairs delay the end of the checks only for a second', () => {
  const network = new Network(3);
  const server = new TestPeer(network, 'server', [A], { role: 'controlled' });
  const client = new TestPeer(network, 'client', [good, poor], { role: 'controlling' });
  network.block = ({ from, to }) => from.address === good.address || to.address === good.address;
  server.signal(client);
  client.signal(server);
  server.start();
  client.start();
  runUntil([server, client], () => server.agent.state === 'connected');
  const begin = network.now;
  runUntil([server, client], bothAre([server, client], 'completed'));
  assert.ok(network.now - begin <= 1000);
  const sent = server.agent.counters.requestsSent + server.agent.counters.retransmissions;
  runFor([server, client], 3000);
  assert.equal(server.agent.counters.requestsSent + server.agent.counters.retransmissions, sent);
});

test('a nomination that gets lost does not hold up a second working pair for long', () => {
  const network = new Network(4);
  const a = new TestPeer(network, 'alice', [A], { role: 'controlling' });
  const b = new TestPeer(network, 'bob', [good, poor], { role: 'controlled' });
  let fromGood = 0;
  // The first path carries a few datagrams and dies before it is nominated.
  network.block = ({ from, to }) =>
    (from.address === good.address && ++fromGood > 2) || (to.address === good.address && fromGood > 2);
  a.signal(b);
  b.signal(a);
  a.start();
  b.start();
  runUntil([a, b], bothAre([a, b], 'completed'), 3000);
  assert.equal(a.agent.selectedPair!.address, poor.address);
});

test('new candidates after the end of the checks are only tried when they are needed', () => {
  const network = new Network(5);
  const a = new TestPeer(network, 'alice', [A], { role: 'controlling' });
  const b = new TestPeer(network, 'bob', [good, poor], { role: 'controlled' });
  a.signal(b, [b.candidates[0]!]);
  b.signal(a);
  network.block = ({ from, to }) => from.address === poor.address || to.address === poor.address;
  a.start();
  b.start();
  runUntil([a, b], bothAre([a, b], 'completed'));
  a.agent.addRemoteCandidate(b.candidates[1]!);
  runFor([a, b], 10_000);
  assert.ok(!network.log.some(({ datagram }) => datagram.to.address === poor.address));
  network.block = ({ from, to }) => from.address === good.address || to.address === good.address;
  runUntil([a, b], () => a.agent.selectedPair!.address === poor.address, 20_000);
});

test('connects two agents with many interfaces within the time of a few', () => {
  const network = new Network(6, { delay: 1 });
  const sockets = (last: number) =>
    Array.from({ length: 8 }, (_, i) => ({ address: `10.0.${i}.${last}`, port: 9 }));
  const a = new TestPeer(network, 'alice', sockets(1), { role: 'controlling' });
  const b = new TestPeer(network, 'bob', sockets(2), { role: 'controlled' });
  const begin = network.now;
  connect(a, b);
  assert.ok(network.now - begin <= 1010);
  assert.equal(a.events.find(({ event }) => event.type === 'selectedPair')!.at, begin + 4);
});
