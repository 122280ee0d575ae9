import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { SDES_PROFILES, SRTP_PROFILES, srtpKeyLength } from './srtp-profile.js';
import { SrtpSession } from './srtp-session.js';
import { LIBSRTP_REPLAY_FAIL, LibsrtpPeer } from './test-support/libsrtp-peer.js';
import { filled, fromHex, type RtpFields, rtcpPacket, rtpPacket, testKey } from './test-support/packets.js';

const SSRC = 0x1234abcd;
const ONE_BYTE_EXTENSION = fromHex('bede0002 10aa2200 bb330000');
const TWO_BYTE_EXTENSION = fromHex('10000003 0102aabb 0200 0304 11223344 00');

const shapes: Record<string, Partial<RtpFields>> = {
  plain: {},
  'empty payload': { payload: new Uint8Array() },
  'one byte of payload': { payload: filled(1, 9) },
  'full packet': { payload: filled(1180, 3) },
  'one-byte extensions': { extension: ONE_BYTE_EXTENSION },
  'two-byte extensions': { extension: TWO_BYTE_EXTENSION },
  CSRCs: { csrcs: [1, 2, 3] },
  padding: { padding: 17 },
  'all at once': {
    csrcs: [7],
    extension: ONE_BYTE_EXTENSION,
    padding: 4,
    marker: true,
    payload: filled(333, 1),
  },
};

for (const profile of SDES_PROFILES) {
  test(`${profile} with libsrtp2: several keys, each packet names its own`, async () => {
    const length = srtpKeyLength(profile);
    const keys = [testKey(2, length), testKey(3, length)];
    const mkis = [fromHex('000102'), fromHex('000103')];
    const [ours, ourMki] = [testKey(1, length), fromHex('a1b2')];
    const peer = new LibsrtpPeer(profile, keys, [testKey(9, length), ours], {
      send: mkis,
      receive: [fromHex('ffff'), ourMki],
    });
    const session = new SrtpSession(profile, ours, Buffer.concat(keys), {
      mki: { send: ourMki, receive: Buffer.concat(mkis) },
    });
    try {
      let sequence = 0xfffe; // the roll-over counter goes on over a change of the key
      for (const key of [0, 1, 1, 0]) {
        await peer.useKey(key);
        const packet = rtpPacket({ ssrc: SSRC, sequence: ++sequence, extension: ONE_BYTE_EXTENSION });
        assert.deepEqual(await peer.unprotect(session.protectRtp(packet, sequence)), { status: 0, packet });
        const secured = (await peer.protect(packet)).packet;
        for (let i = 0; i < secured.length; i++) {
          const forged = Uint8Array.from(secured);
          forged[i]! ^= 1 << (i % 8);
          assert.equal(session.unprotectRtp(forged).ok, false, `byte ${i} of RTP`);
        }
        const received = session.unprotectRtp(secured);
        assert.ok(received.ok);
        assert.deepEqual(received.packet, packet);
        assert.equal(received.index, sequence);
        assert.deepEqual(session.unprotectRtp(secured), { ok: false, reason: 'replayed' });

        const report = rtcpPacket(SSRC, 4);
        const named = session.protectRtcp(report);
        // libsrtp before 2.7 looks for the MKI of RTCP where the shorter tag of RTP would leave it (its pull request 737).
        if (profile.endsWith('80')) {
          assert.deepEqual(await peer.unprotectRtcp(named), { status: 0, packet: report });
        }
        const control = session.unprotectRtcp((await peer.protectRtcp(report)).packet);
        assert.ok(control.ok);
        assert.deepEqual(control.packet, report);
      }
      for (let size = 0; size < 40; size++) assert.equal(session.unprotectRtp(filled(size, 0x80)).ok, false);
      for (let size = 0; size < 40; size++) assert.equal(session.unprotectRtcp(filled(size, 0x80)).ok, false);
    } finally {
      peer.close();
    }
  });
}

for (const profile of new Set([...SRTP_PROFILES, ...SDES_PROFILES])) {
  describe(`${profile} with libsrtp2`, () => {
    const length = srtpKeyLength(profile);
    const ours = testKey(1, length);
    const theirs = testKey(2, length);
    const peers: LibsrtpPeer[] = [];
    const open = (): { session: SrtpSession; peer: LibsrtpPeer } => {
      const peer = new LibsrtpPeer(profile, theirs, ours);
      peers.push(peer);
      return { session: new SrtpSession(profile, ours, theirs), peer };
    };
    after(() => {
      for (const peer of peers) peer.close();
    });

    test('RTP of every shape, both ways', async () => {
      const { session, peer } = open();
      let sequence = 100;
      for (const [name, shape] of Object.entries(shapes)) {
        const packet = rtpPacket({ ssrc: SSRC, sequence: ++sequence, timestamp: 90000, ...shape });
        const secured = session.protectRtp(packet, sequence);
        assert.deepEqual(await peer.unprotect(secured), { status: 0, packet }, `to libsrtp2: ${name}`);
        const answer = await peer.protect(packet);
        const received = session.unprotectRtp(answer.packet);
        assert.ok(received.ok, `from libsrtp2: ${name}`);
        assert.deepEqual(received.packet, packet);
        assert.equal(received.index, sequence);
        assert.equal(answer.packet.length, secured.length);
      }
    });

    test('both make the same bytes from the same key', async () => {
      const peer = new LibsrtpPeer(profile, ours, theirs);
      peers.push(peer);
      const session = new SrtpSession(profile, ours, theirs);
      const packet = rtpPacket({ ssrc: SSRC, sequence: 5, extension: ONE_BYTE_EXTENSION });
      assert.deepEqual((await peer.protect(packet)).packet, session.protectRtp(packet, 5));
      const report = rtcpPacket(SSRC, 9);
      assert.deepEqual((await peer.protectRtcp(report)).packet, session.protectRtcp(report));
    });

    test('the sequence number rolls over three times, with packets out of order, both ways', async () => {
      const { session, peer } = open();
      const start = 0x7ff0;
      const steps = [0, 3, 1, 2]; // around every boundary the order is mixed
      for (let base = start; base < start + 3.2 * 0x10000; base += 0x1000) {
        for (const step of steps) {
          const extended = base + step;
          const packet = rtpPacket({ ssrc: SSRC, sequence: extended });
          const sent = await peer.unprotect(session.protectRtp(packet, extended));
          assert.deepEqual(sent, { status: 0, packet }, `extended sequence number ${extended}`);
          const received = session.unprotectRtp((await peer.protect(packet)).packet);
          assert.ok(received.ok, `extended sequence number ${extended}`);
          assert.equal(received.index, extended);
        }
      }
    });

    test('a late packet from before the roll-over is still understood', async () => {
      const { session, peer } = open();
      const extended = [0xfff0, 0x10005, 0xfff8, 0x10006];
      const secured: Uint8Array[] = [];
      for (const sequence of [0xfff0, 0xfff8, 0x10005, 0x10006]) {
        secured.push((await peer.protect(rtpPacket({ ssrc: SSRC, sequence }))).packet);
      }
      for (const [i, position] of [0, 2, 1, 3].entries()) {
        const received = session.unprotectRtp(secured[position]!);
        assert.ok(received.ok);
        assert.equal(received.index, extended[i]);
      }
    });

    test('replayed packets are refused by both', async () => {
      const { session, peer } = open();
      const packet = rtpPacket({ ssrc: SSRC, sequence: 1 });
      const secured = session.protectRtp(packet, 1);
      assert.equal((await peer.unprotect(secured)).status, 0);
      assert.equal((await peer.unprotect(secured)).status, LIBSRTP_REPLAY_FAIL);
      const answer = (await peer.protect(packet)).packet;
      assert.ok(session.unprotectRtp(answer).ok);
      assert.deepEqual(session.unprotectRtp(answer), { ok: false, reason: 'replayed' });
      const report = (await peer.protectRtcp(rtcpPacket(SSRC, 3))).packet;
      assert.ok(session.unprotectRtcp(report).ok);
      assert.deepEqual(session.unprotectRtcp(report), { ok: false, reason: 'replayed' });
    });

    test('RTCP of several senders, both ways', async () => {
      const { session, peer } = open();
      for (let round = 0; round < 5; round++) {
        for (const ssrc of [1, SSRC, 0xfffffffe]) {
          const packet = rtcpPacket(ssrc, 2 + round * 7);
          assert.deepEqual(await peer.unprotectRtcp(session.protectRtcp(packet)), { status: 0, packet });
          const received = session.unprotectRtcp((await peer.protectRtcp(packet)).packet);
          assert.ok(received.ok);
          assert.deepEqual(received.packet, packet);
        }
      }
    });

    test('every byte of RTP and RTCP is protected', async () => {
      const { session, peer } = open();
      const packet = rtpPacket({
        ssrc: SSRC,
        sequence: 7,
        csrcs: [5],
        extension: ONE_BYTE_EXTENSION,
        payload: filled(40, 1),
      });
      const secured = (await peer.protect(packet)).packet;
      for (let i = 0; i < secured.length; i++) {
        const forged = Uint8Array.from(secured);
        forged[i]! ^= 1 << (i % 8);
        assert.equal(session.unprotectRtp(forged).ok, false, `byte ${i} of RTP`);
      }
      assert.ok(session.unprotectRtp(secured).ok, 'forgeries leave no trace');

      const report = (await peer.protectRtcp(rtcpPacket(SSRC, 6))).packet;
      for (let i = 0; i < report.length; i++) {
        const forged = Uint8Array.from(report);
        forged[i]! ^= 1 << (i % 8);
        assert.equal(session.unprotectRtcp(forged).ok, false, `byte ${i} of RTCP`);
      }
      assert.ok(session.unprotectRtcp(report).ok);
    });
  });
}
