import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { Application, formatSip, parseSip } from '@rivero/example-sip-bridge';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import type { Page } from 'playwright-core';
import { useHarness } from './support/harness.js';
import { KEY_1, SipPhone, SPEECH, whyNoSipPhone } from './support/sip-phone.js';
import { waitFor } from './support/wait.js';

declare global {
  interface Window {
    connection: RTCPeerConnection;
  }
}

const missing = whyNoSipPhone() ?? (isGraphEngineBuilt() ? undefined : 'no GStreamer');

const BROWSER_CODECS = ['audio/opus', 'video/vp8'];

/** What a page hears and sees of its call. */
interface Received {
  codecs: string[];
  /** Sum of the squares of what is heard, times seconds. */
  energy: number;
  frames: number;
  sentCodecs: string[];
}

function received(page: Page): Promise<Received> {
  return page.evaluate(async () => {
    const result: Received = { codecs: [], energy: 0, frames: 0, sentCodecs: [] };
    const reports = await window.connection.getStats();
    const codecOf = (id: string): string => reports.get(id)?.mimeType.toLowerCase() ?? '';
    for (const report of reports.values()) {
      if (report.type === 'inbound-rtp' && report.packetsReceived > 0) {
        result.codecs.push(codecOf(report.codecId));
        result.energy += report.totalAudioEnergy ?? 0;
        result.frames += report.framesDecoded ?? 0;
      }
      if (report.type === 'outbound-rtp' && report.packetsSent > 0)
        result.sentCodecs.push(codecOf(report.codecId));
    }
    return result;
  });
}

describe('SIP phones (sipp) call a browser through the example application', { skip: missing }, () => {
  const harness = useHarness({ server: { args: ['--media.loopback', 'always'] } });
  let application: Application;
  let phone: SipPhone | undefined;
  let page: Page;
  const failures: unknown[] = [];

  beforeEach(async () => {
    application = await Application.start({
      media: harness.server.uri,
      sipPort: 0,
      httpPort: 0,
      failed: (error) => failures.push(error),
    });
    page = await harness.browser.newPage(`http://localhost:${application.httpPort}/`);
    await page.getByText('Waiting for calls').waitFor();
    // A browser that has nothing in common with a phone.
    await page.evaluate(() => {
      const { prototype } = RTCPeerConnection;
      const { addTrack } = prototype;
      prototype.addTrack = function (...args) {
        const sender = addTrack.apply(this, args);
        const transceiver = this.getTransceivers().find((each) => each.sender === sender)!;
        const { codecs } = RTCRtpReceiver.getCapabilities(args[0].kind)!;
        transceiver.setCodecPreferences(codecs.filter(({ mimeType }) => /opus|VP8|rtx/.test(mimeType)));
        return sender;
      };
    });
  });
  afterEach(async () => {
    await phone?.stop();
    phone = undefined;
    await page.context().close();
    await application.close();
    assert.deepEqual(failures.splice(0), []);
  });

  async function take(): Promise<void> {
    await page.getByText('calls', { exact: false }).waitFor();
    await page.getByRole('button', { name: 'Take the call' }).click();
    await page.getByText('Talking').waitFor();
  }

  test('speech in G.711 A-law is heard by a browser that takes Opus', async () => {
    phone = await SipPhone.call(
      {
        media: [
          'm=audio [media_port] RTP/AVP 8 101',
          'a=rtpmap:8 PCMA/8000',
          'a=rtpmap:101 telephone-event/8000',
          'a=fmtp:101 0-15',
        ],
        play: [
          { file: SPEECH, ms: 7500 },
          { file: KEY_1, ms: 500 },
        ],
      },
      application.sipPort,
    );
    await take();
    await waitFor('speech', async () => (await received(page)).energy > 0.001, 20_000);
    const { codecs, sentCodecs } = await received(page);
    assert.deepEqual(codecs, ['audio/opus']);
    assert.ok(sentCodecs.includes('audio/opus'));
    assert.equal(await phone.ended, 0, 'the phone hung up, and all its messages were answered');
    await page.getByText('Waiting for calls').waitFor();
  });

  test('G.722 and H.264: a phone that sends everything back is heard and seen', async () => {
    phone = await SipPhone.call(
      {
        media: [
          'm=audio [media_port] RTP/AVP 9',
          'a=rtpmap:9 G722/8000',
          'm=video [media_port+2] RTP/AVP 96',
          'a=rtpmap:96 H264/90000',
          'a=fmtp:96 profile-level-id=42e01f;packetization-mode=1',
        ],
        echoMs: 60_000,
      },
      application.sipPort,
    );
    await take();
    await waitFor(
      'the own beep and picture',
      async () => {
        const { energy, frames } = await received(page);
        return energy > 0.001 && frames > 20;
      },
      30_000,
    );
    const { codecs, sentCodecs } = await received(page);
    assert.deepEqual([codecs.sort(), sentCodecs.sort()], [BROWSER_CODECS, BROWSER_CODECS]);
    await page.getByRole('button', { name: 'Hang up' }).click();
    // It waits for no BYE: its scenario has none, and says so by its exit code.
    await page.getByText('Waiting for calls').waitFor();
  });

  for (const [name, ...lines] of [
    ['Speex', 'a=rtpmap:110 speex/16000'],
    ['AMR, octet-aligned', 'a=rtpmap:110 AMR/8000', 'a=fmtp:110 octet-align=1'],
    ['AMR-WB, bandwidth-efficient', 'a=rtpmap:110 AMR-WB/16000', 'a=fmtp:110 mode-set=0,1,2'],
  ]) {
    test(`${name}: a phone that sends everything back is heard`, async () => {
      phone = await SipPhone.call(
        { media: ['m=audio [media_port] RTP/AVP 110', ...lines], echoMs: 60_000 },
        application.sipPort,
      );
      await take();
      await waitFor('the own beep', async () => (await received(page)).energy > 0.001, 30_000);
      assert.ok((await received(page)).codecs.includes('audio/opus'));
    });
  }

  test('a phone hears that nobody is free', async () => {
    await page.context().close();
    const media = ['m=audio [media_port] RTP/AVP 8', 'a=rtpmap:8 PCMA/8000'];
    // Until the application has noticed that the page has gone it would let it ring.
    await waitFor('the page to be gone', async () => {
      phone = await SipPhone.call({ media }, application.sipPort);
      const code = await Promise.race([phone.ended, new Promise((resolve) => setTimeout(resolve, 3000))]);
      if (code === 1) return true;
      await phone.stop();
      return false;
    });
  });
});

test('what is no SIP message is none; what is one is read as it was written', () => {
  for (const text of ['', '\r\n\r\n', 'INVITE\r\n\r\n', 'INVITE sip:a SIP/2.0\r\nno header\r\n\r\n']) {
    assert.equal(parseSip(text), undefined, text);
  }
  const headers = [
    ['Via', 'SIP/2.0/UDP a;branch=1'],
    ['t', '<sip:b@c>'],
  ] as const;
  const message = parseSip(formatSip('INVITE sip:b@c SIP/2.0', headers, 'v=0\r\n'))!;
  assert.equal(message.body, 'v=0\r\n');
  assert.deepEqual(message.headers.slice(0, 2), [
    ['via', 'SIP/2.0/UDP a;branch=1'],
    ['to', '<sip:b@c>'],
  ]);
});
