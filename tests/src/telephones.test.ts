import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { RtpEndpoint } from '@rivero/client';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import { Baresip, type PhoneOptions, whyNoBaresip } from './support/baresip.js';
import { TestServer } from './support/server.js';
import { SipExchange } from './support/sip-exchange.js';
import { pause, waitFor } from './support/wait.js';

const missing = whyNoBaresip() ?? (isGraphEngineBuilt() ? undefined : 'no GStreamer');

const LOW = 440;
const HIGH = 1000;
const PCMA = 'PCMA/8000/1';
const PCMU = 'PCMU/8000/1';
const GSM = 'GSM/8000/1';

/** Packets that an endpoint sent to its phone. */
async function sentTo(endpoint: RtpEndpoint): Promise<number> {
  const reports = Object.values(await endpoint.getStats());
  return reports.reduce((sum, report) => sum + ('packetsSent' in report ? Number(report.packetsSent) : 0), 0);
}

describe('phones (baresip) talk through RtpEndpoints', { skip: missing }, () => {
  let server: TestServer;
  let exchange: SipExchange;
  const phones: Baresip[] = [];

  before(async () => {
    server = await TestServer.start({ args: ['--media.loopback', 'always'] });
  });
  after(() => server.stop());
  beforeEach(async () => {
    exchange = await SipExchange.open(server.uri);
  });
  afterEach(async () => {
    await Promise.all(phones.splice(0).map((phone) => phone.stop()));
    await exchange.close();
    assert.deepEqual(exchange.failures, []);
  });

  async function call(options: PhoneOptions): Promise<Baresip> {
    const phone = await Baresip.start(options);
    phones.push(phone);
    await phone.call(exchange.port);
    return phone;
  }

  /** A tone from each of them reaches the other one. */
  async function talk(one: Baresip, other: Baresip): Promise<void> {
    await one.hears(HIGH, LOW);
    await other.hears(LOW, HIGH);
  }

  type Kind = Omit<PhoneOptions, 'tone'>;
  const PAIRS: readonly (readonly [name: string, one: Kind, other: Kind])[] = [
    ['G.711 A-law in packets of 10 and 60 ms', { audio: [PCMA], ptime: 10 }, { audio: [PCMA], ptime: 60 }],
    ['G.711 A-law and µ-law, 30 and 40 ms', { audio: [PCMA], ptime: 30 }, { audio: [PCMU], ptime: 40 }],
    ['G.722 and Opus', { audio: ['G722/16000/1'] }, { audio: ['opus/48000/2'] }],
    ['AMR-WB and AMR', { audio: ['AMR-WB/16000/1'] }, { audio: ['AMR/8000/1'] }],
    [
      'SRTP: RTP/SAVP and RTP/SAVPF',
      { audio: [PCMA], encryption: 'srtp-mand' },
      { audio: [PCMA], encryption: 'srtp-mandf' },
    ],
    [
      'rtcp-mux, and GSM before what the server knows',
      { audio: [PCMU], rtcpMux: true },
      { audio: [GSM, PCMU] },
    ],
  ];
  for (const [name, one, other] of PAIRS) {
    test(name, async () => {
      const first = await call({ ...one, tone: LOW });
      await talk(first, await call({ ...other, tone: HIGH }));
    });
  }

  const VIDEO: readonly (readonly [string, string])[] = [
    // Who calls late asks for a key frame, in RTP/AVP as well.
    ['H264', 'H264'],
    // baresip offers packetization-mode 0.
    ['VP8', 'H264'],
    ['H263', 'H263'],
    ['H263', 'VP8'],
  ];
  for (const [one, other] of VIDEO) {
    test(`video: ${one} and ${other}`, async () => {
      const first = await call({ audio: [PCMU], video: [one], tone: LOW });
      await waitFor('pictures to be sent', async () => (await first.framesSent()) > 10);
      const second = await call({ audio: [PCMU], video: [other], tone: HIGH });
      for (const phone of [first, second]) {
        await waitFor('pictures', async () => (await phone.frames()) > 10, 20_000);
      }
    });
  }

  test('hold and resume; a key', async () => {
    const one = await call({ audio: [PCMA], tone: LOW });
    const other = await call({ audio: ['opus/48000/2'], tone: HIGH });
    await talk(one, other);
    await one.command('hold');
    const [line] = exchange.lines;
    await waitFor('the re-INVITE', () => line!.answers.length === 2);
    assert.match(line!.answers[1]!, /^a=recvonly/m);
    await waitFor('silence', async () => {
      const before = await sentTo(line!.endpoint);
      await pause(300);
      return (await sentTo(line!.endpoint)) === before;
    });
    const held = await sentTo(line!.endpoint);
    const heard = other.heardBytes;
    await one.command('resume');
    await waitFor('the re-INVITE', () => line!.answers.length === 3);
    assert.match(line!.answers[2]!, /^a=sendrecv/m);
    await waitFor('sound for the phone', async () => (await sentTo(line!.endpoint)) > held + 20);
    // More than the half second that is listened to.
    await waitFor('sound from it', () => other.heardBytes > heard + 100_000);
    await other.hears(LOW, HIGH);
    await one.command('sndcode', '5');
    await waitFor('the key', () =>
      other.events.some(({ type, param }) => type === 'CALL_DTMF_START' && param === '5'),
    );
  });
});
