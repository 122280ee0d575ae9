import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { DtlsCertificate, type DtlsSession, type DtlsState, type SrtpKeys } from '@rivero/packet-engine';
import { DtlsTransport, type DtlsTransportOwner, type Path } from './dtls-transport.js';

const PATH: Path = { socket: 1, address: '192.0.2.1', port: 5000 };
const OTHER: Path = { ...PATH, port: 5001 };

/** One end; what it sends waits in `sent`. */
class End implements DtlsTransportOwner {
  readonly transport: DtlsTransport;
  readonly sent: { path: Path; data: Uint8Array }[] = [];
  readonly told: (DtlsState | 'ready')[] = [];
  readonly problems: string[] = [];
  checked = true;
  refuses: string | undefined;
  keys: SrtpKeys | undefined;

  constructor(certificate: DtlsCertificate) {
    this.transport = new DtlsTransport(certificate, this);
  }

  sendDtls(path: Path, data: Uint8Array): void {
    this.sent.push({ path, data });
  }
  isChecked(): boolean {
    return this.checked;
  }
  dtlsState(state: DtlsState): void {
    this.told.push(state);
  }
  secured(session: DtlsSession): string | undefined {
    this.keys = session.srtp();
    return this.refuses;
  }
  ready(): void {
    this.told.push('ready');
  }
  carry(): void {}
  ending(): void {}
  ended(reason: string): void {
    this.problems.push(reason);
  }
}

describe('DTLS over ICE', () => {
  let certificates: [DtlsCertificate, DtlsCertificate];
  before(async () => {
    certificates = [await DtlsCertificate.generate('ECDSA'), await DtlsCertificate.generate('ECDSA')];
  });

  /** Two ends that know each other. */
  function pair(algorithm: 'sha-1' | 'sha-256' = 'sha-256'): [client: End, server: End] {
    const [client, server] = certificates.map((certificate) => new End(certificate)) as [End, End];
    const known = (certificate: DtlsCertificate) => [
      { algorithm, value: certificate.fingerprint(algorithm) },
    ];
    client.transport.setRemote({ dtlsRole: 'client', fingerprints: known(certificates[1]) });
    server.transport.setRemote({ dtlsRole: 'server', fingerprints: known(certificates[0]) });
    return [client, server];
  }

  function begin(...ends: End[]): void {
    for (const { transport } of ends) {
      transport.usePath(PATH);
      transport.begin();
      transport.pump(0);
    }
  }

  /** Delivers until nobody has anything to say. */
  function run(...ends: [End, End]): void {
    while (ends.some(({ sent }) => sent.length > 0)) {
      for (const [index, end] of ends.entries()) {
        const { transport } = ends[1 - index]!;
        for (const { data } of end.sent.splice(0)) transport.receive(data, PATH);
        transport.pump(0);
      }
    }
  }

  test('both ends have the same keys, and are told in order', () => {
    const [client, server] = pair();
    begin(client, server);
    run(client, server);
    for (const { told, problems } of [client, server]) {
      assert.deepEqual(told, ['new', 'connecting', 'connected', 'ready']);
      assert.deepEqual(problems, []);
    }
    assert.ok(client.keys);
    assert.deepEqual(client.keys.sendKey, server.keys?.receiveKey);
    client.transport.close();
    run(client, server);
    assert.deepEqual(server.problems, ['the peer closed DTLS']);
    assert.equal(server.told.at(-1), 'closed');
    assert.equal(server.transport.nextTimeout, Number.POSITIVE_INFINITY);
  });

  test('another certificate than that of the description is refused, and its keys are not used', () => {
    const [client, server] = pair();
    const fingerprints = [{ algorithm: 'sha-256', value: certificates[1].fingerprint('sha-256') }];
    server.transport.setRemote({ dtlsRole: 'server', fingerprints });
    begin(client, server);
    run(client, server);
    assert.equal(server.keys, undefined);
    assert.deepEqual(server.problems, ["the certificate is not the one of the peer's description"]);
    assert.deepEqual(server.told, ['new', 'connecting', 'failed']);
  });

  test('SHA-1 proves nothing', () => {
    const ends = pair('sha-1');
    begin(...ends);
    run(...ends);
    for (const { told, problems } of ends) {
      assert.ok(!told.includes('connected'));
      assert.equal(problems.length, 1);
    }
  });

  test('keys that are of no use end it', () => {
    const [client, server] = pair();
    server.refuses = 'no profile';
    begin(client, server);
    run(client, server);
    assert.deepEqual(server.problems, ['no profile']);
    assert.ok(!server.told.includes('connected'));
  });

  test('what comes before the check of its source is kept until then, the newest eight', () => {
    const [client, server] = pair();
    begin(client, server);
    const flight = client.sent.splice(0).map(({ data }) => data);
    server.checked = false;
    for (let i = 0; i < 8; i++) assert.ok(!server.transport.receive(Uint8Array.of(22), OTHER));
    for (const data of flight) assert.ok(!server.transport.receive(data, OTHER));
    server.transport.pump(0);
    assert.equal(server.sent.length, 0);
    server.checked = true;
    server.transport.pump(0);
    assert.notEqual(server.sent.length, 0);
  });

  test('before there is a pair it answers where the peer asked', () => {
    const [client, server] = pair();
    begin(client);
    server.transport.begin();
    for (const { data } of client.sent.splice(0)) server.transport.receive(data, OTHER);
    server.transport.pump(0);
    assert.deepEqual(server.sent[0]?.path, OTHER);
    server.sent.length = 0;
    server.transport.usePath(PATH);
    const again = server.transport.nextTimeout;
    assert.ok(Number.isFinite(again));
    server.transport.close();
    for (const { path } of server.sent) assert.deepEqual(path, PATH);
  });

  test('what has ended is not begun anew, and who waits is told once', () => {
    const [client, server] = pair();
    server.transport.expect();
    server.transport.expect();
    begin(client, server);
    run(client, server);
    assert.deepEqual(server.told, ['new', 'connecting', 'connected', 'ready']);
    server.transport.close();
    server.transport.begin();
    server.transport.pump(0);
    assert.equal(server.told.length, 4);
    assert.equal(server.transport.receive(Uint8Array.of(22), PATH), false);
    server.transport.close();
  });
});
