import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { BrowserPeer } from '../support/browser.js';
import { mediaArrives } from '../support/call.js';
import { recordEvents, type WebRtcEndpoint } from '../support/kurento.js';
import { waitFor } from '../support/wait.js';
import { type LabCall, NetworkLab } from './lab.js';
import { whyNoNamespaces } from './namespace.js';

const SOURCE = {
  camera: { width: 320, height: 240, frameRate: 15 },
  encodings: [{ maxBitrate: 300_000 }],
};

/** Somebody behind the network, and their element. */
interface Participant {
  peer: BrowserPeer;
  endpoint: WebRtcEndpoint;
}

describe('a viewer and a sender whose network changes (Chromium)', {
  skip: whyNoNamespaces(),
  timeout: 120_000,
}, () => {
  let lab: NetworkLab | undefined;
  let calls: LabCall[] = [];
  let participants: Participant[] = [];

  before(async () => {
    lab = await NetworkLab.open(11);
    const watched = await lab.call('downlink', SOURCE, { down: {}, up: {} });
    const sent = await lab.call('uplink', SOURCE, { down: {}, up: {} });
    calls = [watched, sent];
    participants = [
      { peer: watched.viewer, endpoint: watched.sink },
      { peer: sent.presenter, endpoint: sent.source },
    ];
  });
  after(async () => {
    await Promise.all(calls.map((call) => call.end()));
    await lab?.close();
  });

  const allArrives = () => Promise.all(calls.map(({ viewer }) => mediaArrives(viewer)));

  test('another port of their NAT: media comes back by itself', async () => {
    const events = participants.map(({ endpoint }) => recordEvents(endpoint, ['NewCandidatePairSelected']));
    // Whoever is answered has subscribed.
    await Promise.all(participants.map(({ endpoint }) => endpoint.getConnectionState()));
    await allArrives();
    await lab!.network.rebind(1000);
    await waitFor('the new paths', () => events.every(({ length }) => length > 0));
    await allArrives();
    for (const { peer, endpoint } of participants) {
      await peer.connected();
      assert.equal(await endpoint.getConnectionState(), 'CONNECTED');
    }
  });

  test('another address, and an ICE restart by the application: media comes back', async () => {
    lab!.network.moveFar();
    for (const { peer, endpoint } of participants) {
      await peer.acceptAnswer(await endpoint.processOffer(await peer.createRestartOffer()));
    }
    await allArrives();
    for (const { peer } of participants) await peer.connected();
  });
});
