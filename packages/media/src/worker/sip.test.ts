import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { offerOf } from '../test-support/session-descriptions.js';
import { SipApplication } from '../test-support/sip-application.js';
import { TestPeer } from '../test-support/test-peer.js';
import { waitFor } from '../test-support/wait-for.js';
import { WorkerHarness } from '../test-support/worker-harness.js';

/** Recordings that come with sipp: 236 packets of G.711 A-law, and the key 1 as telephone-event. */
const SPEECH = '/usr/share/sip-tester/g711a.pcap';
const KEY = '/usr/share/sip-tester/dtmf_2833_1.pcap';
const SPEECH_PACKETS = 236;
/** The last one comes three times under one sequence number. */
const KEY_PACKETS = 8;

const scenario = (name: string) =>
  fileURLToPath(new URL(`../../src/test-support/fixtures/${name}.xml`, import.meta.url));

function reasonToSkip(): string | false {
  if (spawnSync('sipp', ['-v'], { stdio: 'ignore' }).error || !existsSync(SPEECH)) {
    return 'needs the Debian package sip-tester';
  }
  // It plays recordings through a raw socket.
  return process.getuid?.() === 0 ? false : 'sipp plays recordings as root only';
}

/** Payloads of a recording of RTP over IPv4 and Ethernet. */
function recordedPayloads(file: string): Buffer[] {
  const data = readFileSync(file);
  const payloads: Buffer[] = [];
  for (let at = 24; at < data.length; ) {
    const length = data.readUInt32LE(at + 8);
    const ip = data.subarray(at + 16 + 14, at + 16 + length);
    payloads.push(ip.subarray((ip[0]! & 15) * 4 + 8 + 12));
    at += 16 + length;
  }
  return payloads;
}

/** Even, with the next one free as well. */
async function freePort(): Promise<number> {
  for (;;) {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address();
    socket.close();
    if (port % 2 === 0) return port;
  }
}

test('two SIP phones talk through two RtpEndpoints, and a browser listens', {
  skip: reasonToSkip(),
}, async () => {
  const worker = await WorkerHarness.start();
  const folder = mkdtempSync(join(tmpdir(), 'rivero-sipp-'));
  const phones: ChildProcess[] = [];
  const run = (name: string, args: readonly string[]): ChildProcess => {
    const common = ['-sf', scenario(name), '-m', '1', '-i', '127.0.0.1', '-mi', '127.0.0.1', '-nostdin'];
    const phone = spawn('sipp', [...common, ...args], { cwd: folder, stdio: 'ignore' });
    phones.push(phone);
    return phone;
  };
  const [calleePort, calleeMedia, callerMedia] = [await freePort(), await freePort(), await freePort()];
  const pipeline = await worker.create('MediaPipeline', null);
  const application = await SipApplication.open(worker, pipeline, calleePort);
  const browser = await TestPeer.open();
  try {
    // The callee sends back what it hears.
    const callee = run('sip-callee', ['-p', `${calleePort}`, '-mp', `${calleeMedia}`, '-rtp_echo']);
    const caller = run('sip-caller', [
      ...['-mp', `${callerMedia}`, '-key', 'speech', SPEECH, '-key', 'key', KEY],
      `127.0.0.1:${application.port}`,
    ]);
    const ended = Promise.all([once(callee, 'exit'), once(caller, 'exit')]);
    await waitFor('the call', () => {
      if (application.failure !== undefined) throw application.failure;
      return application.callee;
    });
    await listen(worker, pipeline, application.caller!, browser);

    const codes = (await ended).map(([code]) => code as number | null);
    assert.deepEqual(codes, [0, 0], 'both phones are content with the signaling');
    const total = SPEECH_PACKETS + KEY_PACKETS;
    assert.equal(await received(worker, application.caller!), total);
    assert.equal(await received(worker, application.callee!), total, 'what the callee sent back');
    // The browser came a moment later.
    const speech = recordedPayloads(SPEECH).map((payload) => payload.toString('hex'));
    const heard = browser.rtp.filter(({ payloadType }) => payloadType === 8);
    assert.ok(heard.length > SPEECH_PACKETS / 2, `${heard.length} packets`);
    assert.deepEqual(
      heard.map(({ payload }) => Buffer.from(payload).toString('hex')),
      speech.slice(-heard.length),
    );
  } finally {
    for (const phone of phones) phone.kill('SIGKILL');
    await application.close();
    await browser.close();
    await worker.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

/** A WebRTC peer that takes A-law. */
async function listen(
  worker: WorkerHarness,
  pipeline: string,
  source: string,
  peer: TestPeer,
): Promise<void> {
  const endpoint = await worker.create('WebRtcEndpoint', pipeline);
  await worker.invoke(source, 'connect', { sink: endpoint });
  const offer = offerOf(peer, { video: false, direction: 'recvonly' })
    .replace('SAVPF 111 0', 'SAVPF 8')
    .replace('a=rtpmap:111 opus/48000/2\r\na=rtpmap:0 PCMU/8000', 'a=rtpmap:8 PCMA/8000');
  const answer = await worker.invoke<string>(endpoint, 'processOffer', { offer });
  peer.accept(answer);
  await worker.invoke(endpoint, 'gatherCandidates');
  await waitFor('a candidate', () => worker.eventsOf(endpoint, 'IceCandidateFound').length > 0);
  for (const { candidate } of worker.eventsOf(endpoint, 'IceCandidateFound')) {
    peer.addCandidate((candidate as { candidate: string }).candidate);
  }
  await waitFor('the browser', () => peer.secured);
}

/** RTP packets that came from a phone. */
async function received(worker: WorkerHarness, endpoint: string): Promise<number> {
  const stats = await worker.invoke<Record<string, { type: string; packetsReceived?: number }>>(
    endpoint,
    'getStats',
  );
  return Object.values(stats)
    .filter(({ type }) => type === 'inboundrtp')
    .reduce((sum, { packetsReceived = 0 }) => sum + packetsReceived, 0);
}
