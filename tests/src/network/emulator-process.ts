/**
 * Runs in a network namespace: passes Ethernet frames between two vxlan devices (RFC 7348) whose tunnels end here, as the
 * profile says. Arguments: own address, address of the devices, port of the near and of the far device, seed.
 */
import { createSocket, type Socket } from 'node:dgram';
import { type LinkCounters, NetworkLink, type NetworkProfile } from '@rivero/network-emulator';

/** Asks for new profiles; the answer tells what was counted until then. */
export interface EmulatorRequest {
  id: number;
  /** `down` is from the near device to the far one. */
  profile?: NetworkProfile;
  /** What a NAT between the devices adds to the far one's UDP ports from now on; packets to the ports before are lost. */
  portShift?: number;
}

export interface NetworkCounters {
  down: LinkCounters;
  up: LinkCounters;
  /**
   * The longest time that a timer of the emulator was late since this was asked last, ms: on a machine that stands still browsers do
   * so too, and what they then show tells about the machine.
   */
  stallMs: number;
}

const VXLAN_HEADER = 8;
const ETHERNET_HEADER = 14;
const TYPE_IPV4 = 0x0800;
const PROTOCOL_UDP = 17;

const [own = '', devices = '', nearPort = '', farPort = '', seed = '1'] = process.argv.slice(2);

class Direction {
  readonly link: NetworkLink<Buffer>;
  #timer: NodeJS.Timeout | undefined;
  #timerMs = Number.POSITIVE_INFINITY;

  constructor(
    from: Socket,
    private readonly to: Socket,
    private readonly port: number,
    seed: number,
    /** Where the port is in the UDP header that a NAT changes, and which way. */
    private readonly nat: { offset: number; sign: 1 | -1 },
  ) {
    this.link = new NetworkLink({}, seed);
    from.on('message', (frame) => this.#accept(frame));
  }

  #accept(frame: Buffer): void {
    const ethernet = VXLAN_HEADER + ETHERNET_HEADER;
    if (frame.length < ethernet) return;
    const isIp = frame.readUInt16BE(ethernet - 2) === TYPE_IPV4;
    if (!isIp) {
      // ARP: not a matter of the profile.
      this.to.send(frame, this.port, devices);
      return;
    }
    clearUdpChecksum(frame, ethernet);
    translatePort(frame, ethernet, this.nat.offset, this.nat.sign * portShift);
    this.link.send(performance.now(), frame, frame.length - ethernet);
    this.deliver();
  }

  /** Sends on what has arrived, and sees to it that this is called when the next frame does. */
  deliver(): void {
    const now = performance.now();
    for (let frame = this.link.receive(now); frame !== undefined; frame = this.link.receive(now)) {
      this.to.send(frame, this.port, devices);
    }
    const next = this.link.nextTimeout();
    if (next === this.#timerMs) return;
    clearTimeout(this.#timer);
    this.#timerMs = next;
    if (next === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => {
      this.#timerMs = Number.POSITIVE_INFINITY;
      this.deliver();
    }, next - now);
  }
}

/**
 * The kernel leaves checksums to a network card that does not exist: of a datagram that comes out of a tunnel here only the pseudo
 * header is summed up. Zero means that there is none (RFC 768).
 */
function clearUdpChecksum(frame: Buffer, ip: number): void {
  const udp = udpHeader(frame, ip);
  if (udp !== undefined) frame.writeUInt16BE(0, udp + 6);
}

/** What a NAT does to a datagram: to one without checksum there is nothing else to do. */
function translatePort(frame: Buffer, ip: number, offset: number, shift: number): void {
  const udp = udpHeader(frame, ip);
  if (udp === undefined || shift === 0) return;
  frame.writeUInt16BE((frame.readUInt16BE(udp + offset) + shift) & 0xffff, udp + offset);
}

function udpHeader(frame: Buffer, ip: number): number | undefined {
  const udp = ip + (frame[ip]! & 0x0f) * 4;
  return frame[ip + 9] === PROTOCOL_UDP && frame.length >= udp + 8 ? udp : undefined;
}

function open(port: number): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20, sendBufferSize: 1 << 20 });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, own, () => resolve(socket));
  });
}

const TICK_MS = 20;
let stallMs = 0;
let portShift = 0;
let tickedMs = performance.now();
setInterval(() => {
  const now = performance.now();
  stallMs = Math.max(stallMs, now - tickedMs - TICK_MS);
  tickedMs = now;
}, TICK_MS);

const near = await open(Number(nearPort));
const far = await open(Number(farPort));
const down = new Direction(near, far, Number(farPort), Number(seed), { offset: 2, sign: -1 });
const up = new Direction(far, near, Number(nearPort), Number(seed) + 1, { offset: 0, sign: 1 });

process.on('message', ({ id, profile, portShift: shift }: EmulatorRequest) => {
  portShift = shift ?? portShift;
  if (profile !== undefined) {
    down.link.setProfile(performance.now(), profile.down);
    up.link.setProfile(performance.now(), profile.up);
    for (const direction of [down, up]) direction.deliver();
  }
  const counters: NetworkCounters = { down: down.link.counters, up: up.link.counters, stallMs };
  process.send?.({ id, ...counters });
  stallMs = 0;
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
