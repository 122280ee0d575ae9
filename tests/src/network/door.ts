import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { endModule, startModule } from './child-process.js';
import type { NetworkNamespace } from './namespace.js';

/** A port of this machine's loopback that leads to one of the loopback in a namespace. */
export class Door {
  private constructor(
    private readonly server: Server,
    private readonly inside: ChildProcess,
    private readonly folder: string,
  ) {}

  static async open(namespace: NetworkNamespace, port: number): Promise<Door> {
    const folder = mkdtempSync(join(tmpdir(), 'rivero-door-'));
    const path = join(folder, 'socket');
    const inside = await startModule(namespace.launcher, './door-process.js', [path, `${port}`]);
    const server = createServer((outside) => pipeline(outside, connect(path), outside, () => {}));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Door(server, inside, folder);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    await endModule(this.inside);
    await new Promise((resolve) => this.server.close(resolve));
    rmSync(this.folder, { recursive: true, force: true });
  }
}
