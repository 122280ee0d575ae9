import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCandidate } from '../candidate.js';
import { stunTransactionTag } from '../stun/message.js';
import { checkFor } from '../testing/forge.js';
import { Network } from '../testing/network.js';
import { hostCandidate, runFor, runUntil, TestPeer } from '../testing/peer.js';
import { A, B, bothAre, connect, pairOf } from '../testing/scenario.js';

test('two agents connect within three round trips and say so in order', () => {
  const network = new Network(1, { delay: 5 });
  const { a, b, peers } = pairOf(network);
  const begin = network.now;
  connect(a, b);
  assert.ok(network.now - begin <= 30);
  for (const peer of peers) {
    assert.deepEqual(
      peer.events.map(({ event }) => (event.type === 'state' ? event.state : event.type)),
      ['checking', 'validated', 'selectedPair', 'connected', 'completed'],
    );
  }
  assert.equal(a.selections[0]!.address, B.address);
  assert.equal(b.selections[0]!.port, A.port);
  assert.equal(a.selections[0]!.local.type, 'host');
  assert.deepEqual(a.agent.selectedPair?.remote, b.candidates[0]);
  assert.equal(a.agent.roundTripTime, 10);
  assert.ok(a.agent.isValidated(0, B.address, B.port));
});

test('an idle connection costs one request in 4 to 6 seconds and stays', () => {
  const { a, b, peers } = pairOf(new Network(2));
  connect(a, b);
  const before = a.agent.counters.requestsSent;
  runFor(peers, 600_000);
  const sent = a.agent.counters.requestsSent - before;
  assert.ok(sent >= 100 && sent <= 150, `${sent}`);
  assert.deepEqual(a.states, ['checking', 'connected', 'completed']);
  assert.ok(a.agent.nextTimeout() > a.network.now);
});

test('connects under loss, delay, reordering and duplication, whoever controls', () => {
  for (let seed = 0; seed < 40; seed++) {
    const network = new Network(seed, {
      loss: (seed % 4) / 10,
      delay: (seed * 37) % 300,
      jitter: (seed * 13) % 100,
      duplication: (seed % 3) / 5,
    });
    const roles =
      seed % 2 ? (['controlled', 'controlling'] as const) : (['controlling', 'controlled'] as const);
    const a = new TestPeer(network, 'alice', [A, { address: '2001:db8::a', port: 5000 }], { role: roles[0] });
    const b = new TestPeer(network, 'bob', [B, { address: '2001:db8::b', port: 6000 }], { role: roles[1] });
    connect(a, b);
    const [pa, pb] = [a.agent.selectedPair!, b.agent.selectedPair!];
    assert.equal(pa.address, b.sockets[pb.socket]!.address, 'both use the same pair');
    assert.equal(pb.address, a.sockets[pa.socket]!.address);
    assert.equal(a.agent.counters.wrongIntegrity + b.agent.counters.wrongIntegrity, 0);
    const states = [a.states.length, b.states.length];
    runFor([a, b], 60_000);
    if (network.conditions.loss === 0) assert.deepEqual([a.states.length, b.states.length], states, 'stays');
  }
});

test('trickle: candidates after the start, mDNS names and TCP ignored, the peer known by its address', () => {
  const network = new Network(3);
  const { a, b, peers } = pairOf(network);
  a.agent.setRemoteCredentials(b.agent.localUfrag, b.pwd);
  a.start();
  for (const line of [
    'candidate:1 1 UDP 2122252543 8a5f1d0a.local 50000 typ host',
    'candidate:2 1 TCP 1518280447 198.51.100.1 9 typ host tcptype active',
    'candidate:3 2 UDP 2122252542 198.51.100.1 6000 typ host',
    'candidate:4 1 UDP 2122252543 198.51.100.1 6000 typ host ufrag other',
    'candidate:5 1 UDP 2122252543 224.0.0.1 6000 typ host',
    'candidate:6 1 UDP 2122252543 198.51.100.1 0 typ host',
  ]) {
    assert.equal(a.agent.addRemoteCandidate(parseCandidate(line)!), false, line);
  }
  assert.equal(a.agent.counters.candidatesIgnored, 6);
  assert.deepEqual([a.agent.state, a.agent.sizes.pairs], ['checking', 0]);
  runFor(peers, 1000);
  b.start();
  b.signal(a);
  runUntil(peers, bothAre(peers, 'completed'));
  assert.equal(a.selections[0]!.remote.type, 'prflx');
  assert.equal(b.selections[0]!.remote.type, 'host');
  a.agent.addRemoteCandidate(b.candidates[0]!);
  assert.equal(a.agent.selectedPair!.remote.type, 'host', 'the signalled candidate tells more');
  assert.equal(a.agent.sizes.pairs, 1);
});

test('candidates of another generation that came before the credentials are forgotten', () => {
  const { a } = pairOf(new Network(14));
  a.agent.addRemoteCandidate({ ...hostCandidate({ address: '203.0.113.1', port: 1 }), ufrag: 'older' });
  a.agent.addRemoteCandidate({ ...hostCandidate({ address: '203.0.113.2', port: 1 }), ufrag: 'newer' });
  a.agent.addRemoteCandidate(hostCandidate({ address: '203.0.113.3', port: 1 }));
  assert.equal(a.agent.sizes.pairs, 3);
  a.agent.setRemoteCredentials('newer', 'x'.repeat(22));
  assert.deepEqual([a.agent.sizes.remotes, a.agent.sizes.pairs], [2, 2]);
});

test('two remote candidates of one address make one pair', () => {
  const { a, b } = pairOf(new Network(4));
  a.signal(b);
  a.agent.addRemoteCandidate({ ...b.candidates[0]!, type: 'srflx', priority: 1000 });
  assert.equal(a.agent.sizes.pairs, 1);
  assert.equal(a.agent.sizes.remotes, 1);
});

test('another form of the same IPv6 address is the same', () => {
  const network = new Network(5);
  const a = new TestPeer(network, 'alice', [{ address: '2001:db8::a', port: 1 }], { role: 'controlling' });
  const b = new TestPeer(network, 'bob', [{ address: '2001:db8::b', port: 2 }], { role: 'controlled' });
  a.signal(b, [{ ...b.candidates[0]!, address: '2001:0DB8:0:0::B' }]);
  b.signal(a);
  a.start();
  b.start();
  runUntil([a, b], bothAre([a, b], 'completed'));
  assert.equal(a.agent.sizes.remotes, 1);
  assert.equal(a.selections[0]!.address, '2001:db8::b');
});

test('link-local IPv6 is only paired with link-local', () => {
  const network = new Network(6);
  const a = new TestPeer(
    network,
    'alice',
    [
      { address: 'fe80::a', port: 1 },
      { address: '2001:db8::a', port: 1 },
    ],
    { role: 'controlling' },
  );
  a.agent.addRemoteCandidate(hostCandidate({ address: '2001:db8::b', port: 1 }));
  a.agent.addRemoteCandidate(hostCandidate({ address: 'fe80::b', port: 1 }));
  assert.equal(a.agent.sizes.pairs, 2);
});

test('the first checks go out at once, the others are paced', () => {
  const network = new Network(7);
  const { a } = pairOf(network);
  a.agent.setRemoteCredentials('someone', 'x'.repeat(22));
  for (let i = 1; i <= 60; i++)
    a.agent.addRemoteCandidate(hostCandidate({ address: '203.0.113.1', port: i }));
  a.start();
  assert.equal(network.log.length, 10);
  const begin = network.now;
  runUntil([a], () => a.agent.counters.requestsSent === 60);
  assert.ok(network.now - begin >= 50 * 20 - 1);
  assert.ok(network.now - begin <= 50 * 20 + 20);
});

test('a triggered check waits for pacing, but for nothing else', () => {
  const network = new Network(12);
  const a = new TestPeer(network, 'alice', [A], { role: 'controlled', timing: { burst: 1 } });
  const b = new TestPeer(network, 'bob', [B], { role: 'controlling' });
  a.signal(b, [hostCandidate({ address: '203.0.113.1', port: 1 })]);
  a.start();
  assert.equal(network.log.length, 1);
  a.agent.handleStun(network.now, checkFor(a, b), 0, B.address, B.port);
  a.flush();
  assert.equal(network.log.length, 2, 'the answer only');
  runFor([a], 20);
  assert.equal(network.log.at(-1)!.datagram.to.address, B.address);
  assert.equal(a.agent.counters.requestsSent, 2);
});

test('transaction ids begin with the tag, and differ', () => {
  const network = new Network(13);
  const a = new TestPeer(network, 'alice', [A], { role: 'controlling', transactionTag: 0xfeedbeef });
  const b = new TestPeer(network, 'bob', [B], { role: 'controlled' });
  connect(a, b);
  const ids = network.log.flatMap(({ datagram: { from, data } }) =>
    from.address === A.address && data[0] === 0 ? [Buffer.from(data.subarray(8, 20)).toString('hex')] : [],
  );
  assert.equal(ids.length, new Set(ids).size);
  for (const { datagram } of network.log) {
    const ours = (datagram.from.address === A.address) === (datagram.data[0] === 0);
    assert.equal(stunTransactionTag(datagram.data) === 0xfeedbeef, ours);
  }
});

test('a nomination waits a short time for a better pair, and no longer', () => {
  for (const betterWorks of [true, false]) {
    const network = new Network(8, { delay: 10 });
    const a = new TestPeer(network, 'alice', [A], { role: 'controlling' });
    const better = { address: '198.51.100.2', port: 6000 };
    const b = new TestPeer(network, 'bob', [better, B], { role: 'controlled' });
    let better1 = 0;
    // The better path loses its first datagrams: its check is repeated after the other one has succeeded.
    network.block = ({ from, to }) =>
      (to.address === better.address || from.address === better.address) && (!betterWorks || better1++ < 2);
    const begin = network.now;
    a.agent.setRemoteCredentials(b.agent.localUfrag, b.pwd);
    b.signal(a);
    for (const candidate of b.candidates) a.agent.addRemoteCandidate(candidate);
    a.start();
    b.start();
    runUntil([a, b], () => a.agent.state === 'completed');
    assert.ok(network.now - begin <= 150);
    assert.equal(a.selections.length, 1);
    runFor([a, b], 60_000);
    assert.equal(a.selections.length, 1, 'regular nomination: once');
    assert.equal(b.agent.selectedPair!.socket, 1);
  }
});

test('a better pair that takes a little longer is nominated', () => {
  const network = new Network(15, { delay: 10 });
  const better = { address: '198.51.100.2', port: 6000 };
  const a = new TestPeer(network, 'alice', [A], { role: 'controlling' });
  const b = new TestPeer(network, 'bob', [better, B], { role: 'controlled' });
  network.extraDelay = ({ from, to }) =>
    from.address === better.address || to.address === better.address ? 20 : 0;
  connect(a, b);
  assert.equal(a.selections[0]!.address, better.address);
  assert.equal(a.selections.length, 1);
});

test('unreachable: fails when patience ends, not before, and still connects when the peer comes', () => {
  const network = new Network(9);
  const { a, b, peers } = pairOf(network);
  network.block = () => true;
  a.signal(b);
  b.signal(a);
  a.start();
  b.start();
  a.agent.endOfRemoteCandidates();
  assert.ok(a.agent.remoteCandidatesEnded);
  const begin = network.now;
  runUntil(peers, bothAre(peers, 'failed'));
  assert.ok(network.now - begin >= 39_500 && network.now - begin < 42_000);
  assert.equal(a.agent.nextTimeout(), Number.POSITIVE_INFINITY);
  network.block = () => false;
  b.agent.addRemoteCandidate(hostCandidate({ address: A.address, port: A.port + 1 }));
  runFor(peers, 1000);
  assert.equal(a.agent.state, 'failed');
  const again = new TestPeer(network, 'bob', [{ ...B, port: 6001 }], {
    role: 'controlled',
    localUfrag: 'bobfrag',
  });
  again.signal(a);
  again.start();
  runUntil([a, again], bothAre([a, again], 'completed'));
  assert.deepEqual(a.states, ['checking', 'failed', 'connected', 'completed']);
});

test('close ends everything', () => {
  const { a, b, peers } = pairOf(new Network(10));
  connect(a, b);
  a.agent.close();
  a.flush();
  assert.equal(a.validated.size, 0);
  assert.equal(a.states.at(-1), 'closed');
  assert.equal(a.agent.nextTimeout(), Number.POSITIVE_INFINITY);
  const received = a.agent.counters.requestsReceived;
  a.agent.close();
  a.agent.start(a.network.now);
  a.agent.addLocalCandidate(a.candidates[0]!, { socket: 0 });
  a.agent.addRemoteCandidate(b.candidates[0]!);
  a.agent.setRemoteCredentials('other', 'x'.repeat(22));
  a.agent.restart(a.network.now, 'other', 'x'.repeat(22));
  a.agent.handleTimeout(a.network.now);
  runFor(peers, 20_000);
  assert.equal(a.agent.counters.requestsReceived, received);
  assert.equal(a.agent.takeTransmits().length, 0);
  assert.equal(a.agent.takeEvents().length, 0);
});

test('credentials out of bounds and unusable local candidates are refused', () => {
  const { a } = pairOf(new Network(11));
  assert.throws(() => a.agent.setRemoteCredentials('abc', 'x'.repeat(22)), RangeError);
  assert.throws(() => a.agent.setRemoteCredentials('abcd', 'x'.repeat(21)), RangeError);
  assert.throws(() => a.agent.setRemoteCredentials('a'.repeat(257), 'x'.repeat(22)), RangeError);
  a.agent.setRemoteCredentials('abcd', 'x'.repeat(22));
  a.agent.setRemoteCredentials('abcd', 'x'.repeat(22));
  assert.throws(() => a.agent.setRemoteCredentials('abce', 'x'.repeat(22)), /restart/);
  assert.throws(
    () => a.agent.addLocalCandidate({ ...a.candidates[0]!, address: 'x.local' }, { socket: 3 }),
    RangeError,
  );
});
