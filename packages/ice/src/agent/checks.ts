import { writeCheck } from './binding.js';
import type { CheckList } from './check-list.js';
import type { AgentCore } from './core.js';
import type { CandidatePair } from './pair.js';
import type { Transaction, TransactionPurpose } from './transactions.js';

/** Consent requests are not repeated; their answers are waited for this long (ms). */
const CONSENT_ANSWER = 10_000;

/** Sends a request to a pair's remote address; its answer or its end come back through the transaction table. */
export function sendCheck(
  core: AgentCore,
  now: number,
  list: CheckList,
  pair: CandidatePair,
  purpose: TransactionPurpose,
): void {
  if (!list.remoteKey) return;
  const { id, random } = core.newTransactionId();
  const { controlling, timing } = core;
  const data = writeCheck({
    id,
    username: Buffer.from(list.outgoingUsername),
    key: list.remoteKey,
    priority: pair.base.checkPriority,
    controlling,
    tieBreaker: core.tieBreaker,
    // Consent checks repeat the nomination, as browsers do: a peer that sees us at another address meanwhile knows what is meant.
    useCandidate: controlling && purpose !== 'check',
  });
  const consent = purpose === 'consent';
  const rto = Math.max(timing.initialRto, Math.min(2 * (pair.roundTripTime ?? 0), timing.maxRto));
  const transaction: Transaction = {
    id,
    list,
    pair,
    purpose,
    controlling,
    data,
    transmissions: 1,
    firstSentAt: now,
    lastSentAt: now,
    nextAt: now + (consent ? CONSENT_ANSWER : rto),
    rto,
    quiet: consent,
  };
  core.transactions.add(transaction);
  if (consent) {
    list.consent?.sent(now, random, pair.roundTripTime);
    core.counters.consentRequestsSent++;
  } else {
    if (pair.transaction) pair.transaction.quiet = true;
    pair.transaction = transaction;
    if (purpose === 'check') pair.state = 'in-progress';
  }
  core.counters.requestsSent++;
  core.transmit(pair.base.socket, pair.remote.address, pair.remote.port, data);
}

/** Sends the same request again, and doubles the time to the next repetition. */
export function retransmit(core: AgentCore, now: number, transaction: Transaction): void {
  const { base, remote } = transaction.pair;
  transaction.rto = Math.min(2 * transaction.rto, core.timing.maxRto);
  transaction.transmissions++;
  transaction.lastSentAt = now;
  transaction.nextAt = now + transaction.rto;
  core.counters.retransmissions++;
  core.transmit(base.socket, remote.address, remote.port, transaction.data);
}
