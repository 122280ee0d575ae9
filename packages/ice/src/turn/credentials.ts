import { createHash, createSecretKey } from 'node:crypto';
import type { StunKey } from '../stun/checksum.js';

/**
 * Key of the long-term credential mechanism (RFC 8489 section 9.2.2): MD5 of username, realm and password. The texts are
 * used as they are, without OpaqueString preparation.
 */
export function longTermKey(username: string, realm: string, password: string): StunKey {
  return createSecretKey(createHash('md5').update(`${username}:${realm}:${password}`, 'utf8').digest());
}
