import type { Client, IceCandidate, MediaPipeline } from '@rivero/client';
import type { IncomingCall } from './sip-server.js';

/** A browser that takes calls. */
export interface Agent {
  /** Tells of a call; resolves with the browser's offer when a person takes it, rejects when not. */
  ring(caller: string): Promise<string>;
  /** The answer to the browser's offer. */
  answer(description: string): void;
  /** An ICE candidate of the media server. */
  candidate(candidate: IceCandidate): void;
  /** Has the listener told of the browser's candidates, those that have come already first. */
  onCandidate(listener: (candidate: IceCandidate) => void): void;
  /** Called when the person hangs up, or the page is gone. */
  onHangUp(listener: () => void): void;
  /** The call is over. */
  ended(): void;
}

/**
 * Brings a phone and a browser together: an RtpEndpoint for the one, a WebRtcEndpoint for the other. The media server
 * transcodes what they do not have in common; keys (telephone-event) pass between them.
 * @returns when the call is over
 */
export async function bridge(client: Client, call: IncomingCall, agent: Agent): Promise<void> {
  const ended = new Promise<void>((resolve) => {
    call.once('ended', resolve);
    agent.onHangUp(() => {
      call.hangUp();
      resolve();
    });
  });
  let pipeline: MediaPipeline | undefined;
  try {
    call.ring();
    const offer = await Promise.race([agent.ring(call.caller), ended]);
    if (offer === undefined) return;
    pipeline = await client.create('MediaPipeline');
    const phone = await pipeline.create('RtpEndpoint');
    const browser = await pipeline.create('WebRtcEndpoint');
    browser.on('IceCandidateFound', ({ candidate }) => agent.candidate(candidate));
    agent.answer(await browser.processOffer(offer));
    agent.onCandidate((candidate) => void browser.addIceCandidate(candidate).catch(() => {}));
    await browser.gatherCandidates();
    await phone.connect(browser);
    await browser.connect(phone);
    call.onOffer((further) => phone.processOffer(further));
    call.answer(await phone.processOffer(call.offer));
    await ended;
  } catch (error) {
    call.hangUp();
    throw error;
  } finally {
    agent.ended();
    await pipeline?.release();
  }
}
