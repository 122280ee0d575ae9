import { KurentoConnection } from './kurento-connection.js';

/** Events of the endpoint that are worth a line in the log, with what to say of them. */
const LOGGED_EVENTS = {
  MediaSessionStarted: () => '',
  IceGatheringDone: () => '',
  IceComponentStateChanged: ({ componentId, state }) => `component ${componentId}: ${state}`,
  NewCandidatePairSelected: ({ candidatePair }) => candidatePair.localCandidate,
  DtlsConnectionStateChange: ({ componentId, state }) => `${componentId}: ${state}`,
  ConnectionStateChanged: ({ oldState, newState }) => `${oldState} → ${newState}`,
  MediaStateChanged: ({ oldState, newState }) => `${oldState} → ${newState}`,
  MediaFlowInStateChanged: ({ mediaType, state }) => `${mediaType}: ${state}`,
  MediaFlowOutStateChanged: ({ mediaType, state }) => `${mediaType}: ${state}`,
  MediaTranscodingStateChanged: ({ mediaType, state }) => `${mediaType}: ${state}`,
  ElementConnected: ({ mediaType }) => mediaType,
  Error: ({ description }) => description,
};

/**
 * One call whose media the server sends back: a pipeline with one WebRtcEndpoint connected to itself.
 *
 * Events: `log` (detail: text), `state` (detail: RTCPeerConnection's connectionState), `track` (detail: the
 * MediaStream from the server), `lost` (the connection to the server broke).
 */
export class LoopbackCall extends EventTarget {
  #connection;
  #pipeline;
  #peer;

  /** The browser's side, for statistics. */
  get peer() {
    return this.#peer;
  }

  /**
   * @param {string} uri of the media server
   * @param {MediaStream} stream what to send
   */
  async start(uri, stream) {
    this.#log(`connecting to ${uri}`);
    const connection = await KurentoConnection.open(uri);
    this.#connection = connection;
    connection.addEventListener('close', () => this.dispatchEvent(new Event('lost')));

    this.#pipeline = await connection.create('MediaPipeline');
    const endpoint = await connection.create('WebRtcEndpoint', { mediaPipeline: this.#pipeline });
    this.#log('pipeline and endpoint created');

    const peer = this.#createPeer(stream, endpoint);
    await this.#subscribe(endpoint, peer);
    await connection.invoke(endpoint, 'connect', { sink: endpoint });

    await peer.setLocalDescription();
    const answer = await connection.invoke(endpoint, 'processOffer', { offer: peer.localDescription.sdp });
    await peer.setRemoteDescription({ type: 'answer', sdp: answer });
    await connection.invoke(endpoint, 'gatherCandidates');
  }

  /** Ends the call on both sides. Never throws: the server may be gone. */
  async stop() {
    this.#peer?.close();
    try {
      if (this.#pipeline) await this.#connection.release(this.#pipeline);
    } catch (error) {
      this.#log(`release: ${error.message}`);
    }
    this.#connection?.close();
  }

  #createPeer(stream, endpoint) {
    const peer = new RTCPeerConnection();
    this.#peer = peer;
    for (const track of stream.getTracks()) peer.addTrack(track, stream);
    peer.addEventListener('icecandidate', ({ candidate }) => {
      if (!candidate?.candidate) return;
      const { sdpMid, sdpMLineIndex } = candidate;
      const params = { candidate: { candidate: candidate.candidate, sdpMid, sdpMLineIndex } };
      this.#connection
        .invoke(endpoint, 'addIceCandidate', params)
        .catch((error) => this.#log(`addIceCandidate: ${error.message}`));
    });
    const returned = new MediaStream();
    peer.addEventListener('track', ({ track }) => {
      returned.addTrack(track);
      this.dispatchEvent(new CustomEvent('track', { detail: returned }));
    });
    peer.addEventListener('connectionstatechange', () => {
      this.#log(`peer connection: ${peer.connectionState}`);
      this.dispatchEvent(new CustomEvent('state', { detail: peer.connectionState }));
    });
    return peer;
  }

  async #subscribe(endpoint, peer) {
    const subscriptions = Object.entries(LOGGED_EVENTS).map(([type, describe]) =>
      this.#connection.subscribe(endpoint, type, (data) => this.#log(`${type} ${describe(data)}`)),
    );
    const candidates = this.#connection.subscribe(endpoint, 'IceCandidateFound', ({ candidate }) => {
      this.#log(`IceCandidateFound ${candidate.candidate}`);
      peer.addIceCandidate(candidate).catch((error) => this.#log(`candidate not used: ${error.message}`));
    });
    await Promise.all([...subscriptions, candidates]);
  }

  #log(text) {
    this.dispatchEvent(new CustomEvent('log', { detail: text }));
  }
}
