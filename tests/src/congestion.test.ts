import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { useHarness } from './support/harness.js';
import { type MediaPipeline, recordEvents, type WebRtcEndpoint } from './support/kurento.js';
import { waitFor } from './support/wait.js';

/** What the pages of this file keep between two evaluations. */
declare global {
  interface Window {
    sender: RTCPeerConnection;
  }
}

interface Sending {
  /** What the sender’s congestion control allows, bit/s. */
  available: number;
  /** What its encoder is told, bit/s. */
  target: number;
  bytes: number;
  milliseconds: number;
}

interface Publisher extends WebRtcEndpoint {
  setMaxVideoRecvBandwidth(kbps: number): Promise<void>;
}

function sending(page: Page): Promise<Sending> {
  return page.evaluate(async () => {
    const result = { available: 0, target: 0, bytes: 0, milliseconds: performance.now() };
    for (const report of (await window.sender.getStats()).values()) {
      if (report.type === 'candidate-pair' && report.nominated)
        result.available = report.availableOutgoingBitrate ?? 0;
      if (report.type === 'outbound-rtp' && report.kind === 'video') {
        result.target += report.targetBitrate ?? 0;
        result.bytes += report.bytesSent;
      }
    }
    return result;
  });
}

describe('congestion control with Chromium as sender', () => {
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

  /** A page that sends its camera; without transport-cc as a browser that does not know it. */
  async function publish(transportCc: boolean): Promise<{ page: Page; endpoint: Publisher }> {
    const page = await harness.browser.newPage(
      harness.server.uri.replace(/^ws:\/\/[^:]+(:\d+).*/, 'http://localhost$1/'),
    );
    pages.push(page);
    const offer = await page.evaluate(async () => {
      window.sender = new RTCPeerConnection();
      const stream = await navigator.mediaDevices.getUserMedia({
        video: { width: 1280, height: 720, frameRate: 15 },
      });
      for (const track of stream.getTracks()) window.sender.addTrack(track, stream);
      await window.sender.setLocalDescription();
      while (window.sender.iceGatheringState !== 'complete') {
        await new Promise((resolve) =>
          window.sender.addEventListener('icegatheringstatechange', resolve, { once: true }),
        );
      }
      return window.sender.localDescription!.sdp;
    });
    const endpoint = (await pipeline.create('WebRtcEndpoint', { recvonly: true })) as Publisher;
    const events = recordEvents(endpoint, ['IceGatheringDone']);
    await endpoint.processOffer(
      transportCc
        ? offer
        : offer.replace(/^a=(rtcp-fb:\d+ transport-cc|extmap:\d+ .*transport-wide-cc.*)\r\n/gm, ''),
    );
    await endpoint.gatherCandidates();
    await waitFor('the candidates', () => events.length > 0);
    const answer = await endpoint.getLocalSessionDescriptor();
    assert.equal(answer.includes('transport-cc'), transportCc);
    await page.evaluate(async (sdp) => {
      const { sender } = window;
      await sender.setRemoteDescription({ type: 'answer', sdp });
      while (sender.connectionState !== 'connected') {
        await new Promise((resolve) =>
          sender.addEventListener('connectionstatechange', resolve, { once: true }),
        );
      }
    }, answer);
    return { page, endpoint };
  }

  test('with transport-cc the sender finds out sooner what it may send', async () => {
    const slow = await publish(false);
    const fast = await publish(true);
    await waitFor('a probed bitrate', async () => (await sending(fast.page)).available > 1_800_000);
    const { available } = await sending(slow.page);
    assert.ok(available < 1_800_000, `although it began earlier the other one is at ${available} bit/s`);
  });

  test('maxVideoRecvBandwidth bounds what is sent, and lets it go again', async () => {
    const { page, endpoint } = await publish(true);
    await waitFor('a probed bitrate', async () => (await sending(page)).available > 1_000_000);
    await endpoint.setMaxVideoRecvBandwidth(150);
    await waitFor('the bound', async () => {
      const { available, target } = await sending(page);
      return available <= 150_000 && target > 0 && target <= 150_000;
    });
    let since = await sending(page);
    await waitFor('two seconds within the bound', async () => {
      const now = await sending(page);
      const seconds = (now.milliseconds - since.milliseconds) / 1000;
      if (seconds < 2) return false;
      const bitrate = ((now.bytes - since.bytes) * 8) / seconds;
      since = now;
      return bitrate < 165_000;
    });
    await endpoint.setMaxVideoRecvBandwidth(0);
    await waitFor('more than the bound', async () => (await sending(page)).available > 300_000);
  });
});
