import { StunAttribute } from '../stun/attributes.js';
import type { StunMessage } from '../stun/message.js';
import type { AgentCore } from './core.js';
import { considerNomination } from './selection.js';
import type { Transaction } from './transactions.js';

/**
 * A request that claims our own role (RFC 8445 section 7.3.1.1): the larger tie-breaker becomes controlling. True when the peer has to give way, to be told
 * by an error; otherwise we did.
 */
export function peerMustSwitch(core: AgentCore, now: number, request: StunMessage): boolean {
  const claim = core.controlling ? StunAttribute.IceControlling : StunAttribute.IceControlled;
  if (!request.has(claim)) return false;
  core.counters.roleConflicts++;
  if (core.controlling === core.tieBreaker >= (request.uint64(claim) ?? 0n)) return true;
  switchRole(core, now);
  return false;
}

/** Our request was answered with 487: take the other role, unless that was done meanwhile, and check again (RFC 8445 section 7.2.5.1). */
export function conflictReported(core: AgentCore, now: number, transaction: Transaction): void {
  const { list, pair, controlling, purpose } = transaction;
  core.counters.roleConflicts++;
  if (controlling === core.controlling) {
    const bytes = core.randomBytes(8);
    core.tieBreaker = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0);
    switchRole(core, now);
  }
  if (list === core.list && purpose !== 'consent') list.trigger(pair);
}

function switchRole(core: AgentCore, now: number): void {
  const { list } = core;
  core.role = core.controlling ? 'controlled' : 'controlling';
  list.updatePriorities(core.controlling);
  list.nominateAt = Number.POSITIVE_INFINITY;
  for (const pair of list.pairs) {
    pair.nominateOnSuccess = false;
    if (pair.transaction?.purpose === 'nomination') {
      pair.transaction.quiet = true;
      pair.transaction = undefined;
    }
  }
  considerNomination(core, now);
}
