import type { ChildProcess } from 'node:child_process';
import type { NetworkProfile } from '@rivero/network-emulator';
import { endModule, startModule } from './child-process.js';
import type { EmulatorRequest, NetworkCounters } from './emulator-process.js';
import { NetworkNamespace } from './namespace.js';

/** Addresses of the two sides, and of the tunnels to the emulator. All exist within the namespaces only. */
const NEAR = '10.253.0.1';
const FAR = '10.253.0.2';
const FAR_LATER = '10.253.0.3';
const TUNNEL = '10.254.0.1';
const EMULATOR = '10.254.0.2';
const NEAR_PORT = 4801;
const FAR_PORT = 4802;

/**
 * Two network namespaces with an emulated network between them. Each has a vxlan device, whose tunnel leads through a third
 * namespace to the emulator, a process in a fourth one. (Where the tunnel comes from cannot be where it leads to: the
 * kernel would take a short cut.) Everything ends with this process.
 */
export class TwoNamespaces {
  readonly nearAddress = NEAR;
  readonly farAddress = FAR;
  #nextId = 1;

  private constructor(
    /** Where the server is, and the one behind the network. */
    readonly near: NetworkNamespace,
    readonly far: NetworkNamespace,
    private readonly tunnels: NetworkNamespace,
    private readonly middle: NetworkNamespace,
    private readonly emulator: ChildProcess,
  ) {}

  /** @param seed of everything that happens by chance in the network */
  static async create(seed = 1): Promise<TwoNamespaces> {
    const [near, far, tunnels, middle] = await Promise.all([
      NetworkNamespace.create(),
      NetworkNamespace.create(),
      NetworkNamespace.create(),
      NetworkNamespace.create(),
    ]);
    // Larger than what goes through them: 50 bytes of tunnel around 1500.
    tunnels.ip(`link add tunnels mtu 1600 type veth peer name emulator mtu 1600 netns ${middle.pid}
      addr add ${TUNNEL}/30 dev tunnels
      link set tunnels up
      link add near mtu 1500 type vxlan id 1 dev tunnels remote ${EMULATOR} dstport ${NEAR_PORT} nolearning
      link add far mtu 1500 type vxlan id 1 dev tunnels remote ${EMULATOR} dstport ${FAR_PORT} nolearning
      link set near netns ${near.pid}
      link set far netns ${far.pid}`);
    middle.ip(`addr add ${EMULATOR}/30 dev emulator
      link set emulator up`);
    // Packets come to the emulator one by one, not joined to large ones.
    near.ip(`addr add ${NEAR}/24 dev near
      link set near gso_max_segs 1 up
      route add default via ${FAR}`);
    far.ip(`addr add ${FAR}/24 dev far
      link set far gso_max_segs 1 up
      route add default via ${NEAR}`);
    const ports = [`${NEAR_PORT}`, `${FAR_PORT}`, `${seed}`];
    const args = [EMULATOR, TUNNEL, ...ports];
    const emulator = await startModule(middle.favouringLauncher, './emulator-process.js', args);
    return new TwoNamespaces(near, far, tunnels, middle, emulator);
  }

  /** Process ids of those that keep the namespaces, and of the emulator. */
  get processes(): readonly number[] {
    const namespaces = [this.near, this.far, this.tunnels, this.middle];
    return [...namespaces.map(({ pid }) => pid), this.emulator.pid!];
  }

  /** From now on the network is so. @returns what was counted until now; `down` is from near to far */
  async setProfile(profile: NetworkProfile): Promise<NetworkCounters> {
    return this.#ask({ id: this.#nextId++, profile });
  }

  /** What has been sent, lost and delivered from the beginning. */
  async counters(): Promise<NetworkCounters> {
    return this.#ask({ id: this.#nextId++ });
  }

  /** A NAT before the far side forgets its mappings: from now on its UDP ports look so many higher from the near side. */
  async rebind(portShift: number): Promise<void> {
    await this.#ask({ id: this.#nextId++, portShift });
  }

  /** The far side gets another address, as who goes from one network into another. */
  moveFar(): void {
    this.far.ip(`addr del ${FAR}/24 dev far
      addr add ${FAR_LATER}/24 dev far
      route replace default via ${NEAR}`);
  }

  async close(): Promise<void> {
    await endModule(this.emulator);
    await Promise.all([this.near, this.far, this.tunnels, this.middle].map((namespace) => namespace.close()));
  }

  #ask(request: EmulatorRequest): Promise<NetworkCounters> {
    return new Promise((resolve, reject) => {
      const listener = (answer: NetworkCounters & { id: number }): void => {
        if (answer.id !== request.id) return;
        this.emulator.off('message', listener);
        this.emulator.off('exit', ended);
        resolve(answer);
      };
      const ended = (): void => reject(new Error('the network emulator ended'));
      this.emulator.on('message', listener);
      this.emulator.once('exit', ended);
      this.emulator.send(request);
    });
  }
}
