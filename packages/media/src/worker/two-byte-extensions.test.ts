import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { call } from '../test-support/call.js';
import { offerOf, vp8Payload } from '../test-support/session-descriptions.js';
import { sharedWorker } from '../test-support/shared-worker.js';
import { TestPeer } from '../test-support/test-peer.js';
import { waitFor } from '../test-support/wait-for.js';

const MID = 200;
const ORIENTATION = 99;
/** On its side: a camera that is held so. */
const TURNED = 0x03;

describe('header extensions of two bytes (RFC 8285 section 4.3)', () => {
  const harness = sharedWorker();

  test('are taken from a sender and go to a viewer, each in the form it understands', async () => {
    const pipeline = await harness.create('MediaPipeline', null);
    const sender = await TestPeer.open();
    harness.peers.push(sender);
    const endpoint = await harness.create('WebRtcEndpoint', pipeline);
    // The stream has no SSRC in the description: the MID alone tells of what it is.
    const offer = offerOf(sender, { direction: 'sendonly' })
      .replace('t=0 0\r\n', 't=0 0\r\na=extmap-allow-mixed\r\n')
      .replaceAll('a=extmap:4 ', `a=extmap:${MID} `)
      .replaceAll('a=extmap:13 ', `a=extmap:${ORIENTATION} `)
      .replaceAll(/a=ssrc.*\r\n/g, '');
    const answer = await harness.invoke<string>(endpoint, 'processOffer', { offer });
    assert.match(answer, new RegExp(`a=extmap:${MID} urn:ietf:params:rtp-hdrext:sdes:mid`));
    sender.accept(answer);
    await harness.invoke(endpoint, 'gatherCandidates');
    await waitFor('gathering', () => harness.eventsOf(endpoint, 'IceGatheringDone').length > 0);
    for (const { candidate } of harness.eventsOf(endpoint, 'IceCandidateFound')) {
      sender.addCandidate((candidate as { candidate: string }).candidate);
    }
    await waitFor('the sender', () => sender.secured);

    const oneByte = await call(harness, pipeline, { direction: 'recvonly' });
    await harness.invoke(endpoint, 'connect', { sink: oneByte.endpoint });
    const twoByte = await TestPeer.open();
    harness.peers.push(twoByte);
    const viewer = await harness.create('WebRtcEndpoint', pipeline);
    await harness.invoke(endpoint, 'connect', { sink: viewer });
    const answerToViewer = await harness.invoke<string>(viewer, 'processOffer', {
      offer: offerOf(twoByte, { direction: 'recvonly' })
        .replace('t=0 0\r\n', 't=0 0\r\na=extmap-allow-mixed\r\n')
        .replaceAll('a=extmap:13 ', 'a=extmap:33 '),
    });
    await harness.invoke(viewer, 'gatherCandidates');
    twoByte.accept(answerToViewer);
    for (const { candidate } of harness.eventsOf(viewer, 'IceCandidateFound')) {
      twoByte.addCandidate((candidate as { candidate: string }).candidate);
    }
    await waitFor('the viewer', () => twoByte.secured);

    let sequence = 0;
    await waitFor('video at both viewers', () => {
      sequence++;
      sender.sendRtp({
        payloadType: 96,
        marker: true,
        sequence,
        timestamp: sequence * 3000,
        ssrc: 4444,
        payload: vp8Payload(true),
        extensions: new Map([
          [MID, Buffer.from('v')],
          [ORIENTATION, Uint8Array.of(TURNED)],
        ]),
      });
      return oneByte.peer.rtp.length > 0 && twoByte.rtp.length > 0;
    });
    const [narrow, wide] = [oneByte.peer.rtp[0]!, twoByte.rtp[0]!];
    assert.deepEqual([...narrow.extensions.get(13)!], [TURNED]);
    assert.deepEqual([...wide.extensions.get(33)!], [TURNED]);
    assert.equal(Buffer.from(wide.extensions.get(4)!).toString(), 'v');
  });
});
