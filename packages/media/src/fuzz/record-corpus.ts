/**
 * Writes the corpus with the writers of this repository: `node packages/media/dist/fuzz/record-corpus.js`. Keys, certificates
 * and random numbers differ each time; there is no need to run it but for new samples.
 */
import { writeFileSync } from 'node:fs';
import { frameDatagram, StunAttribute, StunClass, StunMethod, StunWriter, shortTermKey } from '@rivero/ice';
import { DtlsCertificate, DtlsSession } from '@rivero/packet-engine';
import { RtcpWriter, TransportFeedbackRecorder } from '@rivero/rtp';
import { DataChannelPeer } from '@rivero/sctp';
import { CORPUS } from './corpus.js';
import { Random } from './random.js';

type Samples = Record<string, Uint8Array | string>;

const hex = (data: Uint8Array | string): string =>
  typeof data === 'string' ? data.replaceAll(' ', '') : Buffer.from(data).toString('hex');

function write(name: string, entries: Samples): void {
  const lines = Object.entries(entries).map(([key, data]) => `${key} ${hex(data)}\n`);
  writeFileSync(new URL(`${name}.hex`, CORPUS), lines.join(''));
}

const random = new Random(1);
const key = shortTermKey('password');
const id = random.bytes(12);

function stun(): Samples {
  const check = (): StunWriter =>
    new StunWriter()
      .start(StunClass.Request, id)
      .text(StunAttribute.Username, 'local:remote')
      .uint64(StunAttribute.IceControlling, 0x0123456789abcdefn)
      .uint32(StunAttribute.Priority, 1853824767);
  return {
    check: check().integrity(key).fingerprint().finish(),
    nomination: check().attribute(StunAttribute.UseCandidate).integrity(key).fingerprint().finish(),
    unprotected: check().finish(),
    success: new StunWriter()
      .start(StunClass.Success, id)
      .xorAddressText(StunAttribute.XorMappedAddress, '192.0.2.1', 50000)
      .integrity(key)
      .fingerprint()
      .finish(),
    'success-ipv6': new StunWriter()
      .start(StunClass.Success, id)
      .xorAddressText(StunAttribute.XorMappedAddress, '2001:db8::1', 50000)
      .fingerprint()
      .finish(),
    'role-conflict': new StunWriter()
      .start(StunClass.Error, id)
      .errorCode(487, 'Role Conflict')
      .fingerprint()
      .finish(),
    'unknown-attributes': new StunWriter()
      .start(StunClass.Error, id)
      .errorCode(420, 'Unknown Attribute')
      .unknownAttributes([0x7000, 0x7001])
      .finish(),
    indication: new StunWriter().start(StunClass.Indication, id).fingerprint().finish(),
  };
}

async function dtls(): Promise<Samples> {
  const client = new DtlsSession(await DtlsCertificate.generate('ECDSA'), 'client');
  const server = new DtlsSession(await DtlsCertificate.generate('ECDSA'), 'server');
  const entries: Samples = {};
  client.start();
  server.start();
  for (let flight = 1; flight <= 6; flight++) {
    const [from, to] = flight % 2 === 1 ? [client, server] : [server, client];
    for (const [index, data] of from.takeOutgoing().entries()) {
      entries[`flight-${flight}-${index + 1}`] = data;
      to.handleDatagram(data);
    }
  }
  client.send(Buffer.from('application data'));
  for (const data of client.takeOutgoing()) entries.data = data;
  client.close();
  for (const data of client.takeOutgoing()) entries['close-notify'] = data;
  entries.alert = '15 fefd 0000 000000000009 0002 0228';
  return entries;
}

function rtcp(): Samples {
  const entries: Samples = {};
  const record = (name: string, use: (writer: RtcpWriter) => void): void => {
    const writer = new RtcpWriter(new Uint8Array(1200), (buffer, length) => {
      entries[name] = buffer.slice(0, length);
    });
    writer.begin(1111, Buffer.from('cname'));
    use(writer);
    writer.finish();
  };
  const block = { fractionLost: 10, cumulativeLost: 100, extendedHighest: 70_000, jitter: 50 };
  const report = { ssrc: 2222, ...block, lastSenderReport: 0x12345678, delaySinceLastSenderReport: 65_536 };
  record('sender-report', (writer) => {
    writer.senderReport(1111, 0x12345678, 0x9abcdef0 | 0, 90_000, 1000, 100_000);
    writer.reportBlock(report);
  });
  record('receiver-report', (writer) => {
    for (let i = 0; i < 3; i++) writer.reportBlock({ ...report, ssrc: 2222 + i });
  });
  record('feedback', (writer) => {
    writer.pli(2222);
    writer.fir(2222, 7);
    writer.nack(2222, [1, 2, 5, 17, 65_535], 5);
    writer.remb(300_000, [2222, 3333], 2);
  });
  record('bye', (writer) => writer.bye(1111));
  record('transport-feedback', (writer) => {
    const recorder = new TransportFeedbackRecorder();
    for (let i = 0; i < 60; i++) if (i % 7 !== 3) recorder.onPacket(65_500 + i, i * 4000);
    const information = new Uint8Array(600);
    writer.transportFeedback(2222, information, recorder.take(information));
  });
  entries['extended-report'] = '80cf 0006 00000457 0400 0002 12345678 9abcdef0 0500 0000'.replace(
    '0006',
    '0005',
  );
  entries.application = '80cc 0003 00000457 74657374 00000000';
  entries.padded = 'a0c9 0002 00000457 00000004';
  return entries;
}

function rtp(): Samples {
  const head = '0001 00000bb8 000008ae';
  return {
    plain: `80 e0 ${head} 10 00 0707070707`,
    audio: '80 6f 0001 000003c0 00000457 fc0102030405',
    'one-byte': `90 e0 ${head} bede 0002 22 123456 40 76 10 85 10 00 0707`,
    'two-byte': `90 e0 ${head} 1000 0003 01 01 85 02 03 123456 04 02 7631 00 10 00 0707`,
    csrcs: `82 60 ${head} 00000001 00000002 90 e0 8123 07 20 50 42`,
    padded: `a0 60 ${head} 10 00 0707 00 00 03`,
    rtx: '80 61 0002 00000bb8 00000d05 0001 10 00 0707',
    'text-extensions': `90 60 ${head} bede 0003 42 766964 a1 6869 b2 726964 00 00 10 00`,
    'padding-only': `a0 e1 ${head} ${'00'.repeat(15)}10`,
  };
}

function sctp(): Samples {
  const make = (role: 'client' | 'server'): DataChannelPeer =>
    new DataChannelPeer({ role, localPort: 5000, remotePort: 5000, randomBytes: (n) => random.bytes(n) });
  const [client, server] = [make('client'), make('server')];
  const entries: Samples = {};
  let now = 0;
  let number = 0;
  const exchange = (): void => {
    for (let i = 0; i < 12; i++) {
      now += 10;
      for (const [from, to] of [
        [client, server],
        [server, client],
      ] as const) {
        if (from.nextTimeout() <= now) from.handleTimeout(now);
        for (const packet of from.takeOutgoing(now)) {
          if (number < 30) entries[`packet-${++number}`] = packet;
          to.handlePacket(now, packet);
        }
      }
      client.takeEvents();
      server.takeEvents();
    }
  };
  client.start(now);
  server.start(now);
  exchange();
  const channel = client.open(now, { label: 'chat', protocol: 'text', ordered: false, maxRetransmits: 0 });
  exchange();
  client.send(now, channel, 'hello');
  client.send(now, channel, random.bytes(2500));
  exchange();
  client.close(now, channel);
  exchange();
  return entries;
}

function turn(): Samples {
  const answer = (type: StunClass, method: number): StunWriter => new StunWriter().start(type, id, method);
  const { Success, Error: Refusal, Indication } = StunClass;
  const peer = ['198.51.100.2', 1000] as const;
  return {
    challenge: answer(Refusal, StunMethod.Allocate)
      .errorCode(401, 'credentials')
      .text(StunAttribute.Realm, 'example.org')
      .text(StunAttribute.Nonce, 'nonce')
      .finish(),
    'stale-nonce': answer(Refusal, StunMethod.Refresh)
      .errorCode(438, 'Stale Nonce')
      .text(StunAttribute.Realm, 'example.org')
      .text(StunAttribute.Nonce, 'another')
      .finish(),
    allocated: answer(Success, StunMethod.Allocate)
      .xorAddressText(StunAttribute.XorRelayedAddress, '198.51.100.77', 50_000)
      .xorAddressText(StunAttribute.XorMappedAddress, '203.0.113.5', 40_000)
      .uint32(StunAttribute.Lifetime, 600)
      .finish(),
    refreshed: answer(Success, StunMethod.Refresh).uint32(StunAttribute.Lifetime, 600).finish(),
    ended: answer(Success, StunMethod.Refresh).uint32(StunAttribute.Lifetime, 0).finish(),
    permitted: answer(Success, StunMethod.CreatePermission).finish(),
    forbidden: answer(Refusal, StunMethod.CreatePermission).errorCode(403, 'Forbidden').finish(),
    gone: answer(Refusal, StunMethod.ChannelBind).errorCode(437, 'Allocation Mismatch').finish(),
    redirected: answer(Refusal, StunMethod.Allocate)
      .errorCode(300, 'Try Alternate')
      .attribute(StunAttribute.AlternateServer, Uint8Array.of(0, 1, 0x0d, 0x96, 192, 0, 2, 9))
      .finish(),
    data: answer(Indication, StunMethod.Data)
      .xorAddressText(StunAttribute.XorPeerAddress, ...peer)
      .attribute(StunAttribute.Data, random.bytes(40))
      .finish(),
    'channel-data': '4000 0006 aabbccddee00 0000',
  };
}

function descriptors(): Record<string, Samples> {
  return {
    vp8: {
      'key-frame': '10 50 4202 9d012a 8002 e001',
      'all-fields': '90 e0 8123 07 20 50 42',
      'short-picture-id': '90 80 23 51',
      continuation: '80 80 8123 50',
      'second-partition': '11 50',
    },
    vp9: {
      'key-picture': '88 8123 a2',
      layers: 'a8 8123 03 05 a2',
      flexible: 'f8 8123 00 03 05 02 a2',
      structure: '8a 8123 38 0140 00b4 0280 0168 01 04 a2',
      bare: '08 82',
    },
    h264: {
      sps: '67 42e01f 8d68',
      idr: '65 888040',
      'stap-a': '78 0004 6742e01f 0002 68ce 0003 658884',
      'fu-a-start': '7c 85 88',
      'fu-a-end': '7c 45 88',
      'stap-b': '79 0001 0004 6742e01f',
    },
    h265: {
      vps: '4001 0c01',
      idr: '2601 af08',
      aggregate: '6001 0003 40010c 0003 420101 0004 2601af08',
      'fragment-start': '6201 93 af',
      'fragment-end': '6201 53 af',
    },
    red: {
      primary: '6f fc0102',
      two: 'ef 0f0004 6f fc010203 fc0405',
      three: 'ef 1e0002 ef 0f0003 6f fc01 fc0203 fc0405',
    },
    flexfec: {
      one: '10600010 00000000 01000000 00000001 fffe c000 bede0001 22000000 0102030405060708',
      long: '00600004 00000000 01000000 00000001 0010 6000 80000001 01020304',
      longest: '00600004 00000000 01000000 00000001 0010 6000 00000001 8000000000000001 01020304',
    },
    ulpfec: {
      short: '00600010 00000000 0010 000c c000 bede0001 22000000 01020304',
      long: '40600010 fffe0000 0010 0008 800000000001 bede0001 22000000',
      levels: '00600010 00000000 0010 0004 c000 bede0001 0008 f000 2200000001020304',
    },
    av1: {
      'sequence-header': '18 0a 0b',
      two: '28 02 0a0b 30',
      delimiter: '28 02 1200 0a0b',
      lengths: '08 02 0a0b 01 30 05 3001020304',
      continuation: '98 0102',
      'long-length': '08 ff7f 0a',
    },
  };
}

write('stun', stun());
write('dtls', await dtls());
write('rtcp', rtcp());
write('rtp', rtp());
write('sctp', sctp());
write('turn', turn());
for (const [name, entries] of Object.entries(descriptors())) write(name, entries);
const check = stun().check as Uint8Array;
write('stream', {
  'ice-tcp': Buffer.concat([
    frameDatagram(check),
    frameDatagram(Buffer.alloc(0)),
    frameDatagram(random.bytes(300)),
  ]),
  turn: Buffer.concat([check, Buffer.from('40000005aabbccddee000000', 'hex'), check]),
});
