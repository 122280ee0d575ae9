import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import type { Page } from 'playwright-core';
import { useHarness } from './support/harness.js';
import { type MediaPipeline, recordEvents, type WebRtcEndpoint } from './support/kurento.js';
import { waitFor } from './support/wait.js';

/** What the pages of this file keep between two evaluations. */
declare global {
  interface Window {
    pc: RTCPeerConnection;
    video: HTMLVideoElement;
    channel: RTCDataChannel;
    received: string[];
  }
}

/** An endpoint that one more negotiation is done with, again and again. */
async function negotiate(page: Page, endpoint: WebRtcEndpoint, gather: boolean): Promise<void> {
  const offer = await page.evaluate(async () => {
    const { pc } = window;
    await pc.setLocalDescription(await pc.createOffer());
    while (pc.iceGatheringState !== 'complete') {
      await new Promise((resolve) => pc.addEventListener('icegatheringstatechange', resolve, { once: true }));
    }
    return pc.localDescription!.sdp;
  });
  let answer = await endpoint.processOffer(offer);
  if (gather) {
    const events = recordEvents(endpoint, ['IceGatheringDone']);
    await endpoint.gatherCandidates();
    await waitFor('the candidates', () => events.length > 0);
    answer = await endpoint.getLocalSessionDescriptor();
  }
  await page.evaluate(async (sdp) => {
    const { pc } = window;
    await pc.setRemoteDescription({ type: 'answer', sdp });
    while (pc.connectionState !== 'connected') {
      await new Promise((resolve) => pc.addEventListener('connectionstatechange', resolve, { once: true }));
    }
  }, answer);
}

function framesDecoded(page: Page): Promise<number> {
  return page.evaluate(async () => {
    let frames = 0;
    for (const report of (await window.pc.getStats()).values()) {
      if (report.type === 'inbound-rtp' && report.kind === 'video') frames += report.framesDecoded ?? 0;
    }
    return frames;
  });
}

async function videoGoesOn(page: Page): Promise<void> {
  const before = await framesDecoded(page);
  await waitFor('decoded frames', async () => (await framesDecoded(page)) > before + 10);
}

describe('what Kurento’s users asked for, with Chromium', () => {
  const harness = useHarness();
  let pipeline: MediaPipeline;
  const pages: Page[] = [];

  beforeEach(async () => {
    pipeline = await harness.client.create('MediaPipeline');
  });
  afterEach(async () => {
    await pipeline.release();
    for (const page of pages.splice(0)) await page.context().close();
  });

  async function openPage(): Promise<Page> {
    // The server's own page is of a secure origin, which cameras want.
    const page = await harness.browser.newPage(
      harness.server.uri.replace(/^ws:\/\/[^:]+(:\d+).*/, 'http://localhost$1/'),
    );
    pages.push(page);
    await page.evaluate(() => {
      window.pc = new RTCPeerConnection();
      window.video = document.createElement('video');
      window.video.muted = true;
      window.video.autoplay = true;
      window.pc.addEventListener('track', ({ track }) => {
        if (track.kind === 'video') window.video.srcObject = new MediaStream([track]);
      });
    });
    return page;
  }

  test('data channels: strings and 256 KiB of bytes come back', async () => {
    const endpoint = await pipeline.create('WebRtcEndpoint', { useDataChannels: true });
    const events = recordEvents(endpoint, ['DataChannelOpened', 'DataChannelClosed']);
    await endpoint.connect(endpoint);
    const page = await openPage();
    await page.evaluate(() => {
      window.received = [];
      window.channel = window.pc.createDataChannel('chat');
      window.channel.binaryType = 'arraybuffer';
      window.channel.addEventListener('message', async ({ data }: MessageEvent<string | ArrayBuffer>) => {
        if (typeof data === 'string') window.received.push(data);
        else {
          const hash = await crypto.subtle.digest('SHA-256', data);
          window.received.push(`${data.byteLength}:${[...new Uint8Array(hash)].join()}`);
        }
      });
    });
    await negotiate(page, endpoint, true);
    const expected = await page.evaluate(async () => {
      if (window.channel.readyState !== 'open') {
        await new Promise((resolve) => window.channel.addEventListener('open', resolve, { once: true }));
      }
      const bytes = new Uint8Array(262_144).map((_, i) => (i * 31) & 255);
      window.channel.send('hello');
      window.channel.send(bytes);
      const hash = await crypto.subtle.digest('SHA-256', bytes);
      return ['hello', `${bytes.length}:${[...new Uint8Array(hash)].join()}`];
    });
    await waitFor('the echoes', () =>
      page.evaluate((count) => window.received.length === count, expected.length),
    );
    assert.deepEqual(await page.evaluate(() => window.received), expected);
    await waitFor('the event', () => events.some(({ type }) => type === 'DataChannelOpened'));
    await page.evaluate(() => window.channel.close());
    await waitFor('the event', () => events.some(({ type }) => type === 'DataChannelClosed'));
  });

  test('video is added to a call and ICE is restarted, and nothing stops', async () => {
    const endpoint = await pipeline.create('WebRtcEndpoint');
    await endpoint.connect(endpoint);
    const page = await openPage();
    await page.evaluate(async () => {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      for (const track of stream.getTracks()) window.pc.addTrack(track, stream);
    });
    await negotiate(page, endpoint, true);
    await page.evaluate(async () => {
      const stream = await navigator.mediaDevices.getUserMedia({ video: true });
      for (const track of stream.getTracks()) window.pc.addTrack(track, stream);
    });
    await negotiate(page, endpoint, false);
    await videoGoesOn(page);
    const pairs = recordEvents(endpoint, ['NewCandidatePairSelected']);
    await endpoint.getName();
    await page.evaluate(() => window.pc.restartIce());
    await negotiate(page, endpoint, false);
    await waitFor('a pair of the new generation', () => pairs.length > 0);
    await videoGoesOn(page);
    assert.equal(await page.evaluate(() => window.pc.connectionState), 'connected');
  });

  test('audio levels: an unmodified client subscribes by name and is told who is heard', async () => {
    const levels: { endpoint: string; level: number }[] = [];
    // The official client only lets through the names of events that it knows.
    (pipeline.constructor as unknown as { events: string[] }).events.push('AudioLevels');
    pipeline.on('AudioLevels', (event) => levels.push(...(event.levels as typeof levels)));
    const endpoint = await pipeline.create('WebRtcEndpoint');
    const page = await openPage();
    await page.evaluate(async () => {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      for (const track of stream.getTracks()) window.pc.addTrack(track, stream);
    });
    await negotiate(page, endpoint, true);
    await waitFor('a level', () => levels.length > 0);
    assert.equal(levels[0]!.endpoint, endpoint.id);
    assert.ok(levels[0]!.level > -50 && levels[0]!.level <= 0);
  });

  /** The phone takes audio in one format only. */
  async function pressKeys(audioType: number, description: string): Promise<void> {
    const phone = createSocket('udp4');
    phone.bind(0, '127.0.0.1');
    await once(phone, 'listening');
    try {
      const keys: number[] = [];
      let pressed = -1;
      let audio = 0;
      phone.on('message', (packet) => {
        if ((packet[1]! & 0x7f) === audioType) audio++;
        if ((packet[1]! & 0x7f) !== 101) return;
        // The same timestamp is the same press; the payload follows an RTP header without extensions.
        const timestamp = packet.readUInt32BE(4);
        if (timestamp !== pressed) keys.push(packet[12]!);
        pressed = timestamp;
      });
      const line = await (pipeline as unknown as { create(type: string): Promise<WebRtcEndpoint> }).create(
        'RtpEndpoint',
      );
      const offer = [
        'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0',
        `m=audio ${phone.address().port} RTP/AVP ${audioType} 101\r\na=rtpmap:${audioType} ${description}`,
        'a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n',
      ].join('\r\n');
      assert.match(await line.processOffer(offer), /a=fmtp:101 0-15/);
      const endpoint = await pipeline.create('WebRtcEndpoint');
      await endpoint.connect(line);
      const page = await openPage();
      await page.evaluate(async () => {
        const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
        window.pc.addTrack(stream.getAudioTracks()[0]!, stream);
      });
      await negotiate(page, endpoint, true);
      await waitFor('audio', () => audio > 10, 30_000);
      await page.evaluate(() => window.pc.getSenders()[0]!.dtmf!.insertDTMF('19#', 100, 70));
      await waitFor('the keys', () => keys.length >= 3);
      assert.deepEqual(keys, [1, 9, 11]);
    } finally {
      phone.close();
    }
  }

  test('DTMF: the keys that a page presses arrive at a phone', () => pressKeys(96, 'opus/48000/2'));

  test(
    'DTMF: and at one whose audio is encoded for it',
    { skip: !isGraphEngineBuilt() && 'no GStreamer' },
    () => pressKeys(0, 'PCMU/8000'),
  );

  test('simulcast: a viewer with little bandwidth gets a small picture, one with much a large one', async () => {
    const presenter = await pipeline.create('WebRtcEndpoint');
    const page = await openPage();
    await page.evaluate(async () => {
      const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 1280, height: 720 } });
      window.pc.addTransceiver(stream.getVideoTracks()[0]!, {
        direction: 'sendonly',
        sendEncodings: [
          { rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 150_000 },
          { rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 500_000 },
          { rid: 'f', maxBitrate: 2_000_000 },
        ],
      });
    });
    await negotiate(page, presenter, true);
    const widths = await Promise.all(
      [100, 0].map(async (limit) => {
        const viewer = (await pipeline.create('WebRtcEndpoint')) as WebRtcEndpoint & {
          setMaxVideoSendBandwidth(kbps: number): Promise<void>;
        };
        if (limit > 0) await viewer.setMaxVideoSendBandwidth(limit);
        await presenter.connect(viewer);
        const there = await openPage();
        await there.evaluate(() => window.pc.addTransceiver('video', { direction: 'recvonly' }));
        await negotiate(there, viewer, true);
        return () => there.evaluate(() => window.video.videoWidth);
      }),
    );
    const [small, large] = widths;
    await waitFor(
      'a small picture here and a larger one there',
      async () => (await small!()) === 320 && (await large!()) >= 640,
      60_000,
    );
  });
});
