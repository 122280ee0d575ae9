import { StunAttribute, StunClass } from '../stun/attributes.js';
import { shortTermKey } from '../stun/checksum.js';
import { StunWriter } from '../stun/writer.js';
import type { TestPeer } from './peer.js';

export interface ForgedCheck {
  /** Whose request it seems to be; the default is right. */
  username?: string;
  password?: string;
  useCandidate?: boolean;
  controlling?: boolean;
  unknownAttribute?: number;
  fingerprint?: 'right' | 'wrong' | 'none';
  integrity?: boolean;
  priority?: number;
}

let serial = 0;

/** A Binding request to a peer, right unless told otherwise, with an id of its own. */
export function checkFor(target: TestPeer, from: TestPeer, options: ForgedCheck = {}): Uint8Array {
  const id = new Uint8Array(12);
  new DataView(id.buffer).setUint32(8, ++serial);
  const writer = new StunWriter()
    .start(StunClass.Request, id)
    .text(StunAttribute.Username, options.username ?? `${target.agent.localUfrag}:${from.agent.localUfrag}`)
    .uint64(options.controlling === false ? StunAttribute.IceControlled : StunAttribute.IceControlling, 1n);
  if (options.priority !== 0) writer.uint32(StunAttribute.Priority, options.priority ?? 1853824767);
  if (options.useCandidate) writer.attribute(StunAttribute.UseCandidate);
  if (options.unknownAttribute !== undefined) writer.attribute(options.unknownAttribute);
  if (options.integrity !== false) writer.integrity(shortTermKey(options.password ?? target.pwd));
  if (options.fingerprint !== 'none') writer.fingerprint();
  const bytes = writer.finish();
  if (options.fingerprint === 'wrong') bytes[bytes.length - 1]! ^= 1;
  return bytes;
}
