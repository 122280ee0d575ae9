import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { DtlsSession } from './dtls-session.js';
import { Counter } from './layout.js';
import { certificate, exchange } from './test-support/dtls-pair.js';
import { EngineFixture } from './test-support/engine-fixture.js';
import { rtpPacket, testKey } from './test-support/packets.js';
import { until } from './test-support/wait.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const MEGABYTE = 1024 * 1024;
/** Far above the noise of the allocator, far below what a leak of a few hundred bytes per round would give. */
const BOUND = 24 * MEGABYTE;

async function residentMemory(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage.rss();
}

/** How much the resident memory grows from the end of the warm-up to the end. */
async function growth(round: () => Promise<void> | void, warmUp: number, rounds: number): Promise<number> {
  const repeat = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i++) {
      await round();
      await new Promise((resolve) => setImmediate(resolve)); // finalizers run here
    }
  };
  await repeat(warmUp);
  let grown = Number.POSITIVE_INFINITY;
  // A leak grows every time; what the allocator has not given back grows once.
  for (let attempt = 0; attempt < 3 && grown >= BOUND; attempt++) {
    const before = await residentMemory();
    await repeat(rounds);
    grown = (await residentMemory()) - before;
  }
  return grown;
}

test('200,000 packets leave no memory behind', async () => {
  const fixture = new EngineFixture({ slots: 512 });
  try {
    const sender = await fixture.participant();
    const receiver = await fixture.participant();
    const consumers = Array.from({ length: 20 }, (_, i) => fixture.consumer(receiver.session, i));
    let sequence = 0;
    const grown = await growth(
      async () => {
        fixture.forwardTo(consumers);
        const before = fixture.counter(Counter.PacketsReceived);
        for (let i = 0; i < 50; i++) {
          sequence++;
          sender.peer.send(sender.srtp.protectRtp(rtpPacket({ ssrc: 1, sequence }), sequence), fixture.port);
        }
        await until(() => fixture.counter(Counter.PacketsReceived) === before + 50, 'a round');
        fixture.packets.length = 0;
        receiver.peer.received.length = 0;
      },
      40,
      200,
    );
    assert.ok(
      fixture.counter(Counter.PacketsSent) + fixture.counter(Counter.DroppedSendQueueFull) >= 200_000,
    );
    assert.ok(grown < BOUND, `${(grown / MEGABYTE).toFixed(1)} MiB more`);
  } finally {
    fixture.close();
  }
});

test('2,000 sessions that come and go leave no memory behind', async () => {
  const fixture = new EngineFixture({ maxSessions: 64, maxConsumers: 64 });
  try {
    const { engine, socket } = fixture;
    let round = 0;
    const once = (): void => {
      round++;
      const session = engine.addSession();
      for (let i = 0; i < 8; i++)
        engine.allowRemote(session, socket, '192.0.2.1', 1 + ((round * 8 + i) % 60_000));
      engine.setRemote(session, socket, '192.0.2.1', 1 + (round % 60_000));
      engine.setSrtpKeys(session, 'AES128_CM_HMAC_SHA1_80', testKey(round, 30), testKey(round + 1, 30));
      const consumer = fixture.consumer(session, round);
      engine.removeConsumer(consumer);
      engine.removeSession(session);
    };
    const grown = await growth(once, 500, 2000);
    assert.ok(grown < BOUND, `${(grown / MEGABYTE).toFixed(1)} MiB more`);
  } finally {
    fixture.close();
  }
});

test('DTLS sessions that come and go leave no memory behind', async () => {
  const own = await certificate('client');
  const other = await certificate('server');
  let closed = true;
  const grown = await growth(
    () => {
      const pair = { client: new DtlsSession(own, 'client'), server: new DtlsSession(other, 'server') };
      pair.client.start();
      exchange(pair);
      assert.equal(pair.server.state, 'connected');
      closed = !closed; // every second one is left to the garbage collector
      if (!closed) return;
      pair.client.close();
      pair.server.close();
    },
    200,
    1000,
  );
  assert.ok(grown < BOUND, `${(grown / MEGABYTE).toFixed(1)} MiB more`);
});

test('engines that come and go leave no memory behind', async () => {
  const grown = await growth(
    async () => {
      const fixture = new EngineFixture({ slots: 256 });
      await fixture.participant();
      fixture.close();
    },
    50,
    200,
  );
  assert.ok(grown < BOUND, `${(grown / MEGABYTE).toFixed(1)} MiB more`);
});
