import { formatCandidate, IceAgent, type IceCandidate, type IceState, parseCandidate } from '@rivero/ice';
import type { DtlsCertificate, DtlsSession, DtlsState } from '@rivero/packet-engine';
import type { Fingerprint, NegotiatedSctp } from '@rivero/sdp';
import { interned, ownCopy } from '../runtime/own-copy.js';
import { randomBytes } from '../runtime/random.js';
import type { Timed, TimerHandle } from '../runtime/scheduler.js';
import { appended } from '../runtime/small-map.js';
import { RtpSession, type RtpSessionListener } from '../streams/rtp-session.js';
import { CandidateGatherer, type GathererListener } from './candidate-gatherer.js';
import { DataTransport, type DataTransportListener } from './data-transport.js';
import { type DtlsParameters, DtlsTransport, type DtlsTransportOwner, type Path } from './dtls-transport.js';
import type { GatherOptions } from './gather-options.js';
import type { PacketReceiver, TransportHub } from './transport-hub.js';

export interface WebRtcTransportOptions {
  controlling: boolean;
  certificate: DtlsCertificate;
  cname: string;
  listener: WebRtcTransportListener;
  /** Code point of Differentiated Services that media is marked with; 0 is none. */
  dscp: number;
}

export interface RemoteParameters extends DtlsParameters {
  iceUfrag: string;
  icePwd: string;
  candidates: readonly string[];
  endOfCandidates: boolean;
  /** Data channels, where negotiated. */
  sctp: NegotiatedSctp | undefined;
}

export interface WebRtcTransportListener extends RtpSessionListener, DataTransportListener {
  /** A candidate to tell the peer of. */
  candidateGathered(candidate: IceCandidate): void;
  /** There are no more. */
  gatheringDone(): void;
  iceState(state: IceState): void;
  /** Candidate lines of the pair that is used from now on. */
  candidatePair(local: string, remote: string): void;
  /** The pair that was told of is in use, and DTLS over it has begun. */
  pairReady(): void;
  dtlsState(state: DtlsState): void;
  /** The association could not be secured, or ended. */
  failed(reason: string): void;
}

/** Further ports that one call may take. */
const MAX_SPARE_SOCKETS = 8;

/** ICE username fragment and password: RFC 8839 wants at least 24 and 128 random bits. */
const UFRAG_BYTES = 6;
const PWD_BYTES = 18;

/** Username fragments that are answered at a time: the present one and that before a restart. */
const MAX_GENERATIONS = 2;

/** ICE characters are those of Base64 (RFC 8839 section 5.4). */
function iceText(bytes: number): string {
  return randomBytes(bytes).toString('base64');
}

/**
 * One WebRTC association: ICE, DTLS and SRTP over the worker's sockets, with an RTP session and data channels on top. Media
 * and DTLS are taken only from addresses that ICE validated.
 */
export class WebRtcTransport implements PacketReceiver, Timed, GathererListener, DtlsTransportOwner {
  #iceUfrag = iceText(UFRAG_BYTES);
  #icePwd = iceText(PWD_BYTES);
  /** Fragments of this and of earlier generations: requests with the old one come until the peer has switched. */
  #ufrags: readonly string[] = [];
  readonly rtp: RtpSession;
  readonly #hub: TransportHub;
  readonly #options: WebRtcTransportOptions;
  readonly #session: number;
  readonly #tag: number;
  readonly #ice: IceAgent;
  readonly #timer: TimerHandle;
  readonly #dtls: DtlsTransport;
  #data: DataTransport | undefined;
  #spareSockets = 0;
  /** Candidates are told to ICE. */
  #remote: Omit<RemoteParameters, 'candidates' | 'endOfCandidates'> | undefined;
  #gatherer: CandidateGatherer | undefined;
  #gathered: readonly IceCandidate[] | undefined;
  #closed = false;

  constructor(hub: TransportHub, options: WebRtcTransportOptions) {
    this.#hub = hub;
    this.#options = options;
    this.#session = hub.addSession(this);
    this.#tag = hub.addTag(this);
    if (options.dscp > 0) hub.engine.setDscp(this.#session, options.dscp);
    this.#timer = hub.scheduler.create(this);
    this.#dtls = new DtlsTransport(options.certificate, this);
    this.#addUfrag();
    this.#ice = new IceAgent({
      role: options.controlling ? 'controlling' : 'controlled',
      localUfrag: this.#iceUfrag,
      localPwd: this.#icePwd,
      tieBreaker: randomBytes(8).readBigUInt64BE(),
      randomBytes,
      transactionTag: this.#tag,
      mayUse: ({ socket, address, port }) => hub.mayUsePath(this.#session, socket, address, port),
    });
    this.rtp = new RtpSession(hub.engine, hub.forwarder, hub.scheduler, {
      session: this.#session,
      cname: options.cname,
      randomBytes,
      listener: options.listener,
      path: this.#ice,
    });
  }

  get iceUfrag(): string {
    return this.#iceUfrag;
  }

  get icePwd(): string {
    return this.#icePwd;
  }

  #addUfrag(): void {
    this.#hub.addUfrag(this.#iceUfrag, this);
    this.#ufrags = appended(this.#ufrags, this.#iceUfrag);
    if (this.#ufrags.length <= MAX_GENERATIONS) return;
    this.#hub.removeUfrag(this.#ufrags[0]!);
    this.#ufrags = this.#ufrags.slice(1);
  }

  /** Whether a description comes from another ICE generation than the one in use (RFC 8839 section 4.4.1.1.1). */
  isRestartedBy(iceUfrag: string, icePwd: string): boolean {
    return (
      this.#remote !== undefined && (this.#remote.iceUfrag !== iceUfrag || this.#remote.icePwd !== icePwd)
    );
  }

  /** Whether a description still speaks of the certificate of this association. */
  isSamePeer(fingerprints: readonly Fingerprint[]): boolean {
    const known = this.#remote?.fingerprints;
    if (known === undefined) return true;
    return known.some(({ algorithm, value }) =>
      fingerprints.some((f) => f.algorithm === algorithm && f.value === value),
    );
  }

  /** ICE restart: new credentials; media goes on over the old pair until a new one is selected. */
  restart(): void {
    this.#iceUfrag = iceText(UFRAG_BYTES);
    this.#icePwd = iceText(PWD_BYTES);
    this.#addUfrag();
    this.#ice.restart(this.#hub.scheduler.now(), this.#iceUfrag, this.#icePwd);
    this.#pump();
  }

  /** Whether the peer's description is known. */
  get hasRemote(): boolean {
    return this.#remote !== undefined;
  }

  /** Data channels, once DTLS is connected and where they were negotiated. */
  get data(): DataTransport | undefined {
    return this.#data;
  }

  /** Sends what the data channels have to send. Called after they were used. */
  flushData(): void {
    this.#pump();
  }

  get gathered(): readonly IceCandidate[] {
    return this.#gathered ?? [];
  }

  /**
   * Finds candidates: the worker's own sockets at once, what STUN and TURN servers add to them later. Checks begin with
   * `start`, so that the first ones can be told of before.
   */
  gather(options: GatherOptions): void {
    this.#gathered = [];
    this.#gatherer?.close();
    this.#gatherer = new CandidateGatherer(this.#hub, options, this);
    this.#gatherer.start();
  }

  candidateFound(candidate: IceCandidate, socket: number, known: boolean): void {
    this.#ice.addLocalCandidate(candidate, { socket });
    if (!known) {
      this.#gathered = appended(this.#gathered ?? [], candidate);
      this.#options.listener.candidateGathered(candidate);
    }
    this.#pump();
  }

  socketLost(socket: number): void {
    this.#ice.removeLocalBase(this.#hub.scheduler.now(), socket);
    this.#pump();
  }

  allFound(): void {
    this.#options.listener.gatheringDone();
  }

  /** What the peer's description says of its transport. Checks begin when candidates have been gathered too. */
  setRemote(remote: RemoteParameters): void {
    this.#remote = {
      iceUfrag: ownCopy(remote.iceUfrag),
      icePwd: ownCopy(remote.icePwd),
      fingerprints: remote.fingerprints.map(({ algorithm, value }) => ({
        algorithm: interned(algorithm),
        value: ownCopy(value),
      })),
      dtlsRole: remote.dtlsRole,
      sctp: remote.sctp,
    };
    this.#dtls.setRemote(this.#remote);
    this.#ice.setRemoteCredentials(this.#remote.iceUfrag, this.#remote.icePwd);
    for (const line of remote.candidates) this.addRemoteCandidate(line);
    if (remote.endOfCandidates) this.#ice.endOfRemoteCandidates();
    // Who waits for the peer's first message is ready for it at once; who sends it is when there is a path.
    if (remote.dtlsRole === 'server') this.#dtls.expect();
    this.start();
  }

  /** A trickled candidate. Lines that are none, or that cannot be used, are left out. */
  addRemoteCandidate(line: string): void {
    const candidate = parseCandidate(ownCopy(line));
    if (candidate === undefined) return;
    this.#ice.addRemoteCandidate(candidate);
    this.#pump();
  }

  endOfRemoteCandidates(): void {
    this.#ice.endOfRemoteCandidates();
    this.#pump();
  }

  /** Begins the checks, once candidates are gathered and the peer's description is known. */
  start(): void {
    if (this.#gathered !== undefined && this.#remote !== undefined)
      this.#ice.start(this.#hub.scheduler.now());
    this.#pump();
  }

  onStun(data: Uint8Array, socket: number, address: string, port: number, nowMs: number): void {
    this.#ice.handleStun(nowMs, data, socket, address, port);
    this.#pump();
  }

  onDtls(data: Uint8Array, socket: number, address: string, port: number): void {
    if (this.#dtls.receive(data, { socket, address, port })) this.#pump();
  }

  onRtp(descriptors: Int32Array, at: number, nowMs: number): void {
    this.rtp.onRtp(descriptors, at, nowMs);
  }

  onRtcp(slot: number, length: number, nowMs: number): void {
    this.rtp.onRtcp(slot, length, nowMs);
  }

  onBatchEnd(nowMs: number): void {
    this.rtp.onBatchEnd(nowMs);
  }

  isPathAlive(socket: number, address: string, port: number, nowMs: number): boolean {
    return this.#ice.isAlive(nowMs, socket, address, port);
  }

  onPathClosed(socket: number, address: string, port: number, nowMs: number): void {
    this.#ice.pathClosed(nowMs, socket, address, port);
    this.#pump();
  }

  onTime(now: number): void {
    this.#dtls.handleTimeout(now);
    this.#pump();
  }

  /** Sends what the cores have to send, tells what happened, and asks for the next time. */
  #pump(): void {
    if (this.#closed) return;
    // Checks that are due at once (a new candidate, new credentials) do not wait for a turn of the timer.
    const now = this.#hub.scheduler.now();
    if (this.#ice.nextTimeout() <= now) this.#ice.handleTimeout(now);
    this.#sendIce();
    for (const event of this.#ice.takeEvents()) {
      switch (event.type) {
        case 'state':
          this.#options.listener.iceState(event.state);
          break;
        case 'validated':
          this.#hub.allowRemote(this.#session, event.socket, event.address, event.port);
          if (this.#remote?.dtlsRole === 'server') this.#startDtls();
          break;
        case 'invalidated':
          this.#hub.disallowRemote(this.#session, event.socket, event.address, event.port);
          break;
        case 'refused':
          this.#useSpareSocket(event.socket, event.address, event.port);
          break;
        case 'selectedPair':
          this.#gatherer?.settle();
          this.#dtls.usePath({ socket: event.socket, address: event.address, port: event.port });
          this.#hub.allowRemote(this.#session, event.socket, event.address, event.port);
          this.#hub.setRemote(this.#session, event.socket, event.address, event.port);
          this.#options.listener.candidatePair(formatCandidate(event.local), formatCandidate(event.remote));
          this.#startDtls();
          this.#options.listener.pairReady();
          break;
      }
      if (this.#closed) return;
    }
    this.#dtls.pump(this.#hub.scheduler.now());
    if (this.#closed) return;
    this.#hub.scheduler.schedule(
      this.#timer,
      Math.min(
        this.#ice.nextTimeout(),
        this.#dtls.nextTimeout,
        this.#data?.nextTimeout() ?? Number.POSITIVE_INFINITY,
      ),
    );
  }

  /** Another call with this peer's address has the path already: this one needs another port. */
  #useSpareSocket(socket: number, address: string, port: number): void {
    if (this.#spareSockets >= MAX_SPARE_SOCKETS) return;
    const spare = this.#hub.spareSocket(this.#session, socket, address, port);
    if (spare !== undefined && this.#gatherer?.addSocket(spare) === true) this.#spareSockets++;
  }

  #sendIce(): void {
    for (const { socket, address, port, data } of this.#ice.takeTransmits()) {
      this.#hub.engine.sendRaw(socket, address, port, data);
    }
  }

  #startDtls(): void {
    if (!this.#closed) this.#dtls.begin();
  }

  /** Data channels, where they were negotiated. */
  carry(dtls: DtlsSession): void {
    const now = this.#hub.scheduler.now();
    const sctp = this.#remote?.sctp;
    if (sctp !== undefined && this.#data === undefined) {
      this.#data = new DataTransport(
        dtls,
        this.#remote!.dtlsRole,
        sctp,
        randomBytes,
        this.#options.listener,
        now,
      );
    }
    if (this.#data === undefined) {
      // Application data that nobody negotiated.
      dtls.takeIncoming();
      return;
    }
    this.#data.pump(now);
  }

  sendDtls({ socket, address, port }: Path, data: Uint8Array): void {
    this.#hub.engine.sendRaw(socket, address, port, data);
  }

  isChecked({ socket, address, port }: Path): boolean {
    return this.#ice.isChecked(socket, address, port);
  }

  dtlsState(state: DtlsState): void {
    this.#options.listener.dtlsState(state);
  }

  secured(dtls: DtlsSession): string | undefined {
    const keys = dtls.srtp();
    const media = this.rtp.sendTracks.length + this.rtp.receiveTracks.length > 0;
    if (keys === undefined) return media ? 'no SRTP protection profile in common' : undefined;
    this.#hub.engine.setSrtpKeys(this.#session, keys.profile, keys.sendKey, keys.receiveKey);
    return undefined;
  }

  ready(): void {
    this.rtp.ready();
  }

  ending(): void {
    this.#closeData();
  }

  ended(reason: string): void {
    this.rtp.stopFlow();
    this.rtp.close();
    this.#options.listener.failed(reason);
  }

  #closeData(): void {
    if (this.#data === undefined) return;
    this.#data.close(this.#hub.scheduler.now());
    this.#data = undefined;
  }

  /** Says goodbye (RTCP BYE, DTLS close_notify) and frees everything. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.rtp.close();
    this.#closeData();
    this.#dtls.close();
    this.#closed = true;
    this.#ice.close();
    this.#gatherer?.close();
    this.#hub.scheduler.cancel(this.#timer);
    for (const ufrag of this.#ufrags) this.#hub.removeUfrag(ufrag);
    this.#hub.removeTag(this.#tag);
    this.#hub.removeSession(this.#session);
  }
}
