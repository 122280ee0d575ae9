import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkFor, type ForgedCheck } from '../testing/forge.js';
import { Network } from '../testing/network.js';
import { hostCandidate, runFor, TestPeer } from '../testing/peer.js';
import { defaultLimits } from './settings.js';

const addressesA = [
  { address: '192.0.2.1', port: 5000 },
  { address: '2001:db8::a', port: 5000 },
];
const addressesB = [
  { address: '198.51.100.1', port: 6000 },
  { address: '198.51.100.2', port: 6000 },
  { address: '2001:db8::b', port: 6000 },
];

type Step =
  | { kind: 'time'; duration: number }
  | { kind: 'signal' | 'start' | 'restart'; who: 0 | 1 }
  | { kind: 'candidate'; who: 0 | 1; index: number }
  | { kind: 'conditions'; loss: number; jitter: number; blocked: number }
  | { kind: 'forged'; check: ForgedCheck; from: number; port: number }
  | { kind: 'replay'; index: number; port: number }
  | { kind: 'garbage'; data: Uint8Array }
  | { kind: 'close' };

const who = fc.constantFrom(0 as const, 1 as const);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('time' as const), duration: fc.nat(3000) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('time' as const), duration: fc.nat(60_000) }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constantFrom('signal' as const, 'start' as const), who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const), who }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('candidate' as const), who, index: fc.nat(3) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('conditions' as const),
      loss: fc.constantFrom(0, 0, 0.2, 0.5),
      jitter: fc.nat(200),
      blocked: fc.nat(7),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('forged' as const),
      check: fc.record(
        {
          useCandidate: fc.boolean(),
          controlling: fc.boolean(),
          fingerprint: fc.constantFrom('right' as const, 'right' as const, 'wrong' as const),
          unknownAttribute: fc.constant(0x7000),
          priority: fc.nat(0xffffffff),
        },
        { requiredKeys: [] },
      ),
      from: fc.nat(2),
      port: fc.nat(65535),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('replay' as const), index: fc.nat(), port: fc.nat(65535) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('garbage' as const), data: fc.uint8Array({ maxLength: 60 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'close' as const }) },
);

/** What must hold whatever happens. TestPeer itself checks the order of validated, selected and invalidated. */
function checkInvariants(peer: TestPeer): void {
  const { agent } = peer;
  const pair = agent.selectedPair;
  if (pair)
    assert.ok(agent.isValidated(pair.socket, pair.address, pair.port), 'the selected pair is validated');
  if (agent.state === 'connected' || agent.state === 'completed' || agent.state === 'disconnected')
    assert.ok(pair);
  if (agent.state === 'failed' || agent.state === 'closed') assert.equal(pair, undefined);
  assert.equal(peer.validated.size, agent.sizes.validated, 'the events tell all');
  if (pair) assert.ok(peer.validated.has(`${pair.socket}|${pair.address}|${pair.port}`));
  const { remotes, pairs, early, validated } = agent.sizes;
  assert.ok(remotes <= defaultLimits.remoteCandidates + defaultLimits.peerReflexive);
  assert.ok(pairs <= defaultLimits.pairs && early <= defaultLimits.earlyRequests);
  assert.ok(validated <= defaultLimits.validatedAddresses);
}

function run(seed: number, roles: readonly boolean[], steps: readonly Step[]): TestPeer[] {
  const network = new Network(seed);
  const role = (i: number) => (roles[i] ? 'controlling' : 'controlled');
  const a = new TestPeer(network, 'alice', addressesA, { role: role(0) });
  const b = new TestPeer(network, 'bob', addressesB, { role: role(1) });
  const peers = [a, b];
  const passwords = [a.pwd, b.pwd];
  const sides = (i: 0 | 1) => ({ me: peers[i]!, other: peers[1 - i]!, pwd: passwords[1 - i]! });
  let restarts = 0;
  const apply = (each: Step): void => {
    if (each.kind === 'time') {
      runFor(peers, each.duration);
    } else if (each.kind === 'signal') {
      const { me, other, pwd } = sides(each.who);
      try {
        me.signal(other, other.candidates, pwd);
      } catch (error) {
        assert.match(String(error), /restart/);
      }
    } else if (each.kind === 'start') {
      peers[each.who]!.start();
    } else if (each.kind === 'restart') {
      passwords[each.who] = `restarted-${++restarts}-0123456789012`;
      peers[each.who]!.agent.restart(network.now, `frag${restarts}`, passwords[each.who]!);
    } else if (each.kind === 'candidate') {
      const endpoint = [...addressesA, ...addressesB][each.index]!;
      peers[each.who]!.agent.addRemoteCandidate(
        hostCandidate({ ...endpoint, port: endpoint.port + (each.index % 2) }),
      );
    } else if (each.kind === 'conditions') {
      network.conditions = { ...network.conditions, loss: each.loss, jitter: each.jitter };
      network.block = ({ from, to }) =>
        addressesB.some(
          (e, i) => each.blocked & (1 << i) && (e.address === from.address || e.address === to.address),
        );
    } else if (each.kind === 'forged') {
      const data = checkFor(a, b, { password: passwords[0]!, ...each.check });
      network.send({
        from: { address: addressesB[each.from]!.address, port: each.port },
        to: addressesA[0]!,
        data,
      });
    } else if (each.kind === 'replay') {
      const entry = network.log[each.index % Math.max(1, network.log.length)];
      if (entry) network.send({ ...entry.datagram, from: { ...entry.datagram.from, port: each.port } });
    } else if (each.kind === 'garbage') {
      network.send({ from: addressesB[0]!, to: addressesA[0]!, data: each.data });
    } else {
      a.agent.close();
    }
    for (const peer of peers) peer.flush();
  };
  for (const each of steps) {
    apply(each);
    for (const peer of peers) checkInvariants(peer);
  }
  return peers;
}

test('fuzz: whatever happens in whatever order, the invariants hold', () => {
  const wanted = ['checking', 'connected', 'completed', 'failed', 'closed'];
  const seen = new Set<string>();
  const everything = fc.property(
    fc.nat(),
    fc.tuple(fc.boolean(), fc.boolean()),
    fc.array(step, { minLength: 5, maxLength: 40 }),
    (seed, roles, steps) => {
      for (const peer of run(seed, roles, steps)) for (const state of peer.states) seen.add(state);
    },
  );
  // A rare state may not come up at once.
  for (let round = 0; round < 10 && (round === 0 || wanted.some((state) => !seen.has(state))); round++)
    fc.assert(everything, { numRuns: 150 });
  for (const state of wanted) assert.ok(seen.has(state), state);
});

test('fuzz: after any disturbance a restart on a sound network connects', () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.tuple(fc.boolean(), fc.boolean()),
      fc.array(step, { maxLength: 20 }),
      (seed, roles, steps) => {
        const peers = run(
          seed,
          roles,
          steps.filter(({ kind }) => kind !== 'close'),
        );
        const [a, b] = peers as [TestPeer, TestPeer];
        const { network } = a;
        network.conditions = { loss: 0, duplication: 0, delay: 5, jitter: 0 };
        network.block = () => false;
        for (const peer of peers)
          peer.agent.restart(network.now, peer === a ? 'finalA' : 'finalB', 'p'.repeat(22));
        a.signal(b, b.candidates, 'p'.repeat(22));
        b.signal(a, a.candidates, 'p'.repeat(22));
        for (const peer of peers) peer.start();
        runFor(peers, 6000);
        for (const peer of peers) assert.equal(peer.agent.state, 'completed');
        assert.equal(a.sockets[a.agent.selectedPair!.socket]!.address, b.agent.selectedPair!.address);
        assert.equal(b.sockets[b.agent.selectedPair!.socket]!.address, a.agent.selectedPair!.address);
      },
    ),
    { numRuns: 100 },
  );
});
