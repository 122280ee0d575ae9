import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { DtlsSession } from './dtls-session.js';
import { certificate } from './test-support/dtls-pair.js';
import { until } from './test-support/wait.js';

/** The records after the handshake are ours; OpenSSL's own program is the other side. */
let directory: string;
const files = (): string[] => ['-key', join(directory, 'key.pem'), '-cert', join(directory, 'cert.pem')];

before(() => {
  directory = mkdtempSync(join(tmpdir(), 'rivero-dtls-'));
  const request = '-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=peer'.split(' ');
  const out = ['-keyout', join(directory, 'key.pem'), '-out', join(directory, 'cert.pem')];
  execFileSync('openssl', ['req', ...request, ...out], { stdio: 'ignore' });
});
after(() => rmSync(directory, { recursive: true, force: true }));

class OpensslPeer {
  output = '';
  readonly received: string[] = [];
  /** Datagrams of ours that get lost. */
  lose: (datagram: Uint8Array) => boolean = () => false;
  #closed = false;

  private constructor(
    readonly session: DtlsSession,
    readonly socket: Socket,
    readonly child: ChildProcess,
    private port: number,
  ) {
    const collect = (text: string): void => {
      this.output += text;
    };
    child.stdout!.setEncoding('utf8').on('data', collect);
    child.stderr!.setEncoding('utf8').on('data', collect);
    socket.on('message', (datagram, { port: from }) => {
      this.port = from;
      session.handleDatagram(datagram);
      this.pump();
    });
  }

  /** @param role of our session; OpenSSL has the other one */
  static async start(role: 'client' | 'server', cipher: string): Promise<OpensslPeer> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const own = (socket.address() as AddressInfo).port;
    const session = new DtlsSession(await certificate('client'), role);
    const common = ['-dtls1_2', ...files(), '-cipher', cipher, '-use_srtp', 'SRTP_AEAD_AES_128_GCM'];
    let port = 0;
    if (role === 'client') {
      const probe = createSocket('udp4').bind(0, '127.0.0.1');
      await once(probe, 'listening');
      port = (probe.address() as AddressInfo).port;
      await new Promise<void>((resolve) => probe.close(() => resolve()));
    }
    const child =
      role === 'server'
        ? spawn('openssl', ['s_client', '-connect', `127.0.0.1:${own}`, ...common])
        : spawn('openssl', ['s_server', '-accept', `127.0.0.1:${port}`, '-verify', '1', ...common]);
    const peer = new OpensslPeer(session, socket, child, port);
    if (role === 'client') {
      await until(() => peer.output.includes('ACCEPT'), 's_server listens');
      session.start();
      peer.pump();
    }
    return peer;
  }

  pump(): void {
    if (this.#closed) return;
    for (const datagram of this.session.takeOutgoing()) {
      if (!this.lose(datagram)) this.socket.send(datagram, this.port, '127.0.0.1');
    }
    for (const data of this.session.takeIncoming()) this.received.push(Buffer.from(data).toString());
  }

  send(text: string): void {
    assert.ok(this.session.send(Buffer.from(text)));
    this.pump();
  }

  write(text: string): void {
    this.child.stdin!.write(text);
  }

  async connected(): Promise<void> {
    await until(() => this.session.state === 'connected', 'the handshake');
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.child.kill('SIGKILL');
    this.socket.close();
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
  }
}

for (const role of ['server', 'client'] as const) {
  for (const cipher of ['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384']) {
    test(`as ${role} with ${cipher}: data both ways, and the end`, async () => {
      const peer = await OpensslPeer.start(role, cipher);
      try {
        await peer.connected();
        assert.equal(peer.session.cipherName, `DTLSv1.2 ${cipher}`);
        for (let i = 0; i < 100; i++) peer.send(`from us ${i}\n`);
        await until(() => peer.output.includes('from us 99'), 'our data');
        for (let i = 0; i < 5; i++) assert.ok(peer.output.includes(`from us ${i}\n`));
        peer.write('from openssl\n');
        await until(() => peer.received.join('').includes('from openssl'), 'data of the peer');
        if (role === 'server') {
          // At the end of its input s_client says goodbye.
          peer.child.stdin!.end();
          await until(() => peer.session.state === 'closed', 'close_notify of the peer');
        } else {
          peer.session.close();
          peer.pump();
          await until(() => /DONE|shut down/.test(peer.output), 'the peer has seen close_notify');
        }
      } finally {
        await peer.close();
      }
    });
  }
}

test('a client that lost our last flight gets it again', async () => {
  const peer = await OpensslPeer.start('server', 'ECDHE-ECDSA-AES128-GCM-SHA256');
  let lost = 0;
  try {
    peer.lose = () => peer.session.state === 'connected' && lost++ < 2;
    await peer.connected();
    peer.write('are you there\n');
    await until(() => peer.received.join('').includes('are you there'), 'data after the repeated flight');
    assert.ok(lost > 2);
    peer.send('here I am\n');
    await until(() => peer.output.includes('here I am'), 'our data');
  } finally {
    await peer.close();
  }
});

for (const role of ['server', 'client'] as const) {
  test(`as ${role} a renegotiation is refused`, async () => {
    const peer = await OpensslPeer.start(role, 'ECDHE-ECDSA-AES128-GCM-SHA256');
    try {
      await peer.connected();
      await until(() => /Secure Renegotiation IS supported/.test(peer.output), 'the handshake at the peer');
      peer.send('before\n');
      await until(() => peer.output.includes('before'), 'our data');
      // "R" begins one in s_client, "r" sends a HelloRequest in s_server.
      let alerts = 0;
      peer.lose = (datagram) => {
        if (datagram[0] === 21) alerts++;
        return false;
      };
      peer.write(role === 'server' ? 'R\n' : 'r\n');
      await until(() => alerts > 0, 'the alert');
      // OpenSSL takes it badly, and says so in a fatal alert.
      await until(() => peer.session.state === 'failed', 'the alert of the peer');
    } finally {
      await peer.close();
    }
  });
}
