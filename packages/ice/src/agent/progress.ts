import { retransmit, sendCheck } from './checks.js';
import type { AgentCore } from './core.js';
import { learnFrom } from './discovery.js';
import { checkFailed, completeWhenDone, keepConsent, nominateBest } from './selection.js';
import type { Transaction } from './transactions.js';

/** So often a nomination is sent when another working pair is at hand. */
const NOMINATION_TRANSMISSIONS = 3;

/** Sends the checks that are due, as far as pacing lets them (RFC 8445 section 14). */
export function progress(core: AgentCore, now: number): void {
  if (!core.mayCheck) return;
  const { list, timing } = core;
  if (list.early.length > 0) {
    const { early } = list;
    list.early = [];
    for (const request of early) {
      if (request.remoteUfrag === list.remoteUfrag) learnFrom(core, now, request);
    }
  }
  if (core.state === 'new') {
    core.setState('checking');
    list.failAt = now + timing.patience;
  }
  if (now > core.tokensAt) {
    core.tokens = Math.min(timing.burst, core.tokens + (now - core.tokensAt) / timing.pacing);
    core.tokensAt = now;
  }
  // A whisker below one: the sum of many small times may be off by the last bit.
  while (core.tokens > 0.999 && core.transactions.size < core.limits.transactions) {
    const pair = list.next();
    if (!pair) break;
    if (!core.mayUse(pair.base.socket, pair.remote.address, pair.remote.port)) {
      pair.state = 'failed';
      continue;
    }
    core.tokens--;
    sendCheck(core, now, list, pair, 'check');
  }
  completeWhenDone(core, now);
}

/** Does everything whose time has come. */
export function timePassed(core: AgentCore, now: number): void {
  for (const transaction of core.transactions.due(now)) transactionDue(core, now, transaction);
  if (core.previous) keepConsent(core, now, core.previous);
  keepConsent(core, now, core.list);
  if (now >= core.list.nominateAt) nominateBest(core, now);
  progress(core, now);
  core.validated.sweep(now, (path) => core.inUse(path));
  failWhenHopeless(core, now);
}

function transactionDue(core: AgentCore, now: number, transaction: Transaction): void {
  const { pair, list, purpose, quiet } = transaction;
  const alternative =
    purpose === 'nomination' && list.pairs.some((each) => each !== pair && each.state === 'succeeded');
  const transmissions = alternative ? NOMINATION_TRANSMISSIONS : core.timing.transmissions;
  if (!quiet && transaction.transmissions < transmissions) {
    retransmit(core, now, transaction);
    return;
  }
  core.transactions.remove(transaction);
  if (!quiet) checkFailed(core, now, list, pair);
}

/** `failed`, when nothing works, nothing is being tried, and the peer had its time to find us (RFC 8863). */
function failWhenHopeless(core: AgentCore, now: number): void {
  const { list } = core;
  if (list.selected || core.previous || now < list.failAt) return;
  if (list.hasPending(() => true)) {
    list.failAt = now + core.timing.initialRto;
    return;
  }
  list.failAt = Number.POSITIVE_INFINITY;
  core.setState('failed');
}

/** When `timePassed` has something to do. */
export function nextTimeout(core: AgentCore): number {
  const { list, previous, timing } = core;
  const next = Math.min(
    core.transactions.nextTimeout(),
    core.validated.nextTimeout(),
    list.nominateAt,
    list.completeAt,
    list.consent?.nextTimeout() ?? Number.POSITIVE_INFINITY,
    // As long as the old pair works nothing fails.
    previous?.consent?.nextTimeout() ?? list.failAt,
  );
  if (!core.mayCheck || !list.hasWork || core.transactions.size >= core.limits.transactions) return next;
  return Math.min(next, core.tokensAt + (1 - core.tokens) * timing.pacing);
}
