import { type Implements, PacketProcessor, type RtpPacket } from '@rivero/module';
import type { Declaration } from './index.js';

/** What a packet says, as text: whoever wants to see a packet makes it do something. */
export default class Sorter
  extends PacketProcessor<Declaration, 'Sorter'>
  implements Implements<Declaration, 'Sorter'>
{
  static override readonly timeLimit: number | undefined = 2000;
  #count = 0;
  #last = '';
  readonly #kept: unknown[] = [];

  override onPacket(packet: RtpPacket): boolean | undefined | Promise<boolean> {
    this.#count++;
    const { kind, codec, clockRate, marker, sequence, timestamp, ssrc, keyFrame, payload } = packet;
    this.#last = JSON.stringify({
      kind,
      codec,
      clockRate,
      marker,
      sequence,
      timestamp,
      ssrc,
      keyFrame,
      length: payload.length,
    });
    switch (this.params.does) {
      case 'third':
        return this.#count % 3 !== 0;
      case 'double':
        this.sendPacket({ kind, payload: Uint8Array.from([...payload, 7]), marker: false });
        return undefined;
      case 'later':
        return new Promise((resolve) => setImmediate(() => resolve(true)));
      case 'grow':
        packet.payload = Buffer.concat([payload, Buffer.alloc(50, 9)]);
        packet.marker = !packet.marker;
        packet.timestamp += 5;
        return undefined;
      case 'throw':
        throw new Error('a letter');
      case 'throwOnce':
        if (this.#count === 2) throw new Error('a letter');
        return undefined;
      case 'hang':
        for (;;);
      case 'never':
        return new Promise(() => {});
      case 'exit':
        return process.exit(3);
      case 'leak':
        for (let i = 0; i < 50; i++) this.#kept.push(new Array(10_000).fill(i));
        return undefined;
      case 'slow':
        for (const end = performance.now() + 20; performance.now() < end; );
        return undefined;
      case 'give':
        structuredClone(payload.buffer, { transfer: [payload.buffer as ArrayBuffer] });
        return undefined;
      case 'tooLarge':
        packet.payload = new Uint8Array(1401);
        return undefined;
      default:
        return undefined;
    }
  }

  override onData({ data }: { data: string | Uint8Array }): void {
    this.sendData(`${typeof data === 'string' ? data : data.length}, says Sorter`);
  }

  count(): number {
    return this.#count;
  }

  show(): string {
    return this.#last;
  }

  pid(): number {
    return process.pid;
  }

  crash(): void {
    process.kill(process.pid, 'SIGKILL');
  }

  send({ text }: { text: string }): boolean {
    return this.sendPacket({ kind: 'video', payload: Buffer.from(text), marker: true });
  }
}
