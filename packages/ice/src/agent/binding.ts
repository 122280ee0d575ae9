import { StunAttribute, StunClass } from '../stun/attributes.js';
import type { StunKey } from '../stun/checksum.js';
import type { StunMessage } from '../stun/message.js';
import { StunWriter } from '../stun/writer.js';

const writer = new StunWriter();

export interface CheckFields {
  id: Uint8Array;
  /** Receiver's ufrag, colon, sender's ufrag. */
  username: Uint8Array;
  /** Of the receiver's password. */
  key: StunKey;
  priority: number;
  controlling: boolean;
  tieBreaker: bigint;
  useCandidate: boolean;
}

/** A connectivity check (RFC 8445 section 7.1). */
export function writeCheck(check: CheckFields): Uint8Array {
  writer
    .start(StunClass.Request, check.id)
    .attribute(StunAttribute.Username, check.username)
    .uint64(check.controlling ? StunAttribute.IceControlling : StunAttribute.IceControlled, check.tieBreaker);
  if (check.useCandidate) writer.attribute(StunAttribute.UseCandidate);
  return writer.uint32(StunAttribute.Priority, check.priority).integrity(check.key).fingerprint().finish();
}

/** The answer to a check: where it came from. `key` is of our own password. */
export function writeSuccess(request: StunMessage, ip: Uint8Array, port: number, key: StunKey): Uint8Array {
  return writer
    .start(StunClass.Success, request.transactionId)
    .xorAddress(StunAttribute.XorMappedAddress, ip, port)
    .integrity(key)
    .fingerprint()
    .finish();
}

/** An error answer to an authenticated check. */
export function writeError(request: StunMessage, code: number, reason: string, key: StunKey): Uint8Array {
  writer.start(StunClass.Error, request.transactionId).errorCode(code, reason);
  if (request.unknownRequired) writer.unknownAttributes(request.unknownRequired);
  return writer.integrity(key).fingerprint().finish();
}
