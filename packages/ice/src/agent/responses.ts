import { canonicalIp } from '../ip.js';
import { StunClass, StunError } from '../stun/attributes.js';
import type { StunMessage, TransportAddress } from '../stun/message.js';
import type { AgentCore } from './core.js';
import { progress } from './progress.js';
import { conflictReported } from './roles.js';
import { checkFailed, consentGiven, considerNomination, nominatedByPeer, select } from './selection.js';
import type { Transaction } from './transactions.js';

/** A response to one of our requests (RFC 8445 section 7.2.5). Nothing happens unless it is authenticated and from where the request went. */
export function handleResponse(
  core: AgentCore,
  now: number,
  response: StunMessage,
  socket: number,
  address: string,
  port: number,
): void {
  const { counters } = core;
  const transaction = core.transactions.find(response.bytes);
  if (!transaction) {
    counters.unknownTransaction++;
    return;
  }
  const { list, pair } = transaction;
  if (!response.fingerprintValid()) {
    counters.wrongFingerprint++;
    return;
  }
  // Errors without integrity (400, 401) prove nothing: anybody could have sent them.
  if (!list.remoteKey || !response.integrityValid(list.remoteKey)) {
    counters.wrongIntegrity++;
    return;
  }
  if (!pair.isPath(socket, address, port) && !pair.isPath(socket, canonicalIp(address) ?? '', port)) {
    counters.asymmetric++;
    return;
  }
  counters.responsesReceived++;
  core.transactions.remove(transaction);
  if (pair.transaction === transaction) pair.transaction = undefined;
  const mapped = response.xorAddress();
  if (response.messageClass === StunClass.Success && mapped && !response.unknownRequired) {
    checkSucceeded(core, now, transaction, mapped);
  } else if (response.errorCode === StunError.RoleConflict) {
    conflictReported(core, now, transaction);
  } else if (!transaction.quiet) {
    checkFailed(core, now, list, pair);
  }
  progress(core, now);
}

function checkSucceeded(
  core: AgentCore,
  now: number,
  transaction: Transaction,
  mapped: TransportAddress,
): void {
  const { list, pair, purpose } = transaction;
  if (!core.mayUse(pair.base.socket, pair.remote.address, pair.remote.port)) {
    if (!transaction.quiet) checkFailed(core, now, list, pair);
    return;
  }
  pair.lastSuccess = now;
  // After a retransmission it is not known which one was answered (Karn).
  if (transaction.transmissions === 1) pair.roundTripTime = now - transaction.firstSentAt;
  const { address, port } = pair.remote;
  core.validated.touch(now, list.generation, true, pair.base.socket, address, port);
  if (pair === list.selected) consentGiven(core, now, list, pair);
  if (list !== core.list || purpose === 'consent') return;
  if (pair.transaction) pair.transaction.quiet = true;
  pair.transaction = undefined;
  pair.state = 'succeeded';
  pair.setMapped(mapped.address, mapped.port);
  if (!core.controlling) {
    // Without a path that works, the one that the peer now uses will do without nomination.
    const stranded = list.selected ? list.consent?.disconnected : list.everSelected;
    const peerUses = now - pair.lastRequest < core.timing.disconnectedAfter;
    if (pair.nominateOnSuccess || (stranded && peerUses)) nominatedByPeer(core, now, pair);
  } else if (purpose === 'nomination' && transaction.controlling && !transaction.quiet) {
    select(core, now, pair);
  } else {
    considerNomination(core, now);
  }
}
