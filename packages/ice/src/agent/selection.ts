import type { IceCandidate } from '../candidate.js';
import type { CheckList } from './check-list.js';
import { sendCheck } from './checks.js';
import { Consent } from './consent.js';
import type { AgentCore } from './core.js';
import type { CandidatePair } from './pair.js';
import type { IcePath } from './types.js';

/** A pair whose last answer is older than this is checked again before it is selected on the peer's wish (ms). */
const FRESH = 5000;
/** The peer has left the selected pair if it nominates another and has not renewed the nomination of this one for so long (ms). */
const NOMINATION_STANDS = 1000;
/** Nothing is heard on the selected pair for so long (ms), while the peer checks another one: libwebrtc turns away after this time, too. */
const LEFT = 2500;

export function describePair(pair: CandidatePair): IcePath & { local: IceCandidate; remote: IceCandidate } {
  return {
    local: pair.local,
    remote: pair.remote.candidate,
    socket: pair.base.socket,
    address: pair.remote.address,
    port: pair.remote.port,
  };
}

/** As controlling: a pair is needed, and no nomination is under way. */
function wantsNomination({ controlling, list }: AgentCore): boolean {
  if (!controlling || (list.selected && !list.consent?.disconnected)) return false;
  return !list.pairs.some((pair) => pair.transaction?.purpose === 'nomination');
}

function bestWorking({ pairs, selected }: CheckList): CandidatePair | undefined {
  return pairs.find((pair) => pair.state === 'succeeded' && pair !== selected);
}

/**
 * As controlling: nominates the best working pair (RFC 8445 section 8.1.1), at once if no better one is being checked, else after a short
 * time: set-up is not to wait for retransmissions to addresses that don't exist.
 */
export function considerNomination(core: AgentCore, now: number): void {
  const { list, timing } = core;
  const best = wantsNomination(core) ? bestWorking(list) : undefined;
  if (!best) return;
  if (now < list.nominateAt && list.hasPending((pair) => pair.betterThan(best))) {
    if (list.nominateAt === Number.POSITIVE_INFINITY) {
      const wait = 2 * (best.roundTripTime ?? timing.maxNominationWait);
      list.nominateAt = now + Math.min(Math.max(wait, timing.minNominationWait), timing.maxNominationWait);
    }
    return;
  }
  nominateBest(core, now);
}

export function nominateBest(core: AgentCore, now: number): void {
  const { list } = core;
  list.nominateAt = Number.POSITIVE_INFINITY;
  const best = wantsNomination(core) ? bestWorking(list) : undefined;
  if (best) sendCheck(core, now, list, best, 'nomination');
}

/** As controlled: the peer sent USE-CANDIDATE on a pair that works (RFC 8445 section 7.3.1.5). */
export function nominatedByPeer(core: AgentCore, now: number, pair: CandidatePair): void {
  const { list } = core;
  const { selected } = list;
  if (pair === selected) return;
  if (now - pair.lastSuccess > FRESH) {
    // It may be long gone, or the request a replay: see first whether it still works.
    pair.nominateOnSuccess = true;
    list.trigger(pair);
    return;
  }
  pair.nominateOnSuccess = false;
  // An aggressive peer nominates whatever works, and means the best of it; but one that has left a pair means the other.
  const replaceable =
    !selected ||
    list.consent?.disconnected ||
    pair.betterThan(selected) ||
    now - selected.lastUseCandidate >= NOMINATION_STANDS;
  if (replaceable) select(core, now, pair);
}

/**
 * As controlled: the peer checks a pair that works, and has not nominated it. When it is not heard any more on the selected pair it
 * has left that, or is about to: browsers send media on the other one at once, but nominate it with their next regular check,
 * seconds later. If our own requests are not answered, either, there is nothing to wait for.
 */
export function turnToPeer(core: AgentCore, now: number, pair: CandidatePair): void {
  const { list } = core;
  const { selected, consent } = list;
  if (core.controlling || !selected || !consent || pair === selected) return;
  if (now - Math.max(selected.lastRequest, selected.lastSuccess) < LEFT) return;
  if (!consent.silent(now, selected.roundTripTime)) consent.hurry(now);
  else if (now - pair.lastSuccess > FRESH) list.trigger(pair);
  else select(core, now, pair);
}

export function select(core: AgentCore, now: number, pair: CandidatePair): void {
  const { list, previous } = core;
  const again = list.selected !== undefined;
  list.selected = pair;
  list.everSelected = true;
  list.consent = new Consent(core.timing, pair.lastSuccess, core.newTransactionId().random);
  list.failAt = Number.POSITIVE_INFINITY;
  list.nominateAt = Number.POSITIVE_INFINITY;
  freezeWorse(core, list, pair);
  list.completeAt = now + core.timing.completionWait;
  if (previous) {
    core.previous = undefined;
    core.transactions.removeWhere((transaction) => transaction.list === previous);
    core.validated.removeBefore(list.generation);
  }
  // Kurento's order: a first pair, then CONNECTED; later ones after it.
  if (again) core.setState('connected');
  core.emit({ type: 'selectedPair', ...describePair(pair) });
  core.setState('connected');
  completeWhenDone(core, now);
}

/** Ends checks that can't matter any more. As controlled, better pairs may still be nominated by an aggressive peer. */
function freezeWorse(core: AgentCore, list: CheckList, selected: CandidatePair): void {
  list.freeze((pair) => core.controlling || !pair.betterThan(selected));
}

/** `completed`, when no better pair is being checked, or after a while. */
export function completeWhenDone(core: AgentCore, now: number): void {
  const { list } = core;
  const { selected } = list;
  if (core.state !== 'connected' || !selected) return;
  if (now < list.completeAt && list.hasPending((pair) => pair.betterThan(selected))) return;
  list.completeAt = Number.POSITIVE_INFINITY;
  list.freeze(() => true);
  core.setState('completed');
}

/** A check was not answered, or with an error. */
export function checkFailed(core: AgentCore, now: number, list: CheckList, pair: CandidatePair): void {
  pair.transaction = undefined;
  pair.nominateOnSuccess = false;
  if (pair === list.selected) return; // its consent decides
  pair.state = 'failed';
  if (list === core.list) considerNomination(core, now);
}

/** Asks for consent when it is time to, and acts on its absence (RFC 7675). */
export function keepConsent(core: AgentCore, now: number, list: CheckList): void {
  const { consent, selected } = list;
  if (!consent || !selected) return;
  if (consent.expired(now)) {
    loseConsent(core, list, selected);
    return;
  }
  if (consent.becomesDisconnected(now) && list === core.list) {
    core.setState('disconnected');
    list.recheck();
    considerNomination(core, now);
  }
  if (consent.due(now)) sendCheck(core, now, list, selected, 'consent');
}

/** The selected pair answered. */
export function consentGiven(core: AgentCore, now: number, list: CheckList, selected: CandidatePair): void {
  const wasDisconnected = list.consent?.disconnected;
  list.consent?.answered(now);
  if (!wasDisconnected || list !== core.list) return;
  freezeWorse(core, list, selected);
  core.setState('connected');
  list.completeAt = now + core.timing.completionWait;
}

function loseConsent(core: AgentCore, list: CheckList, pair: CandidatePair): void {
  list.selected = undefined;
  list.consent = undefined;
  core.transactions.removeWhere((transaction) => transaction.list === list);
  core.validated.remove(pair.base.socket, pair.remote.address, pair.remote.port);
  if (list === core.previous) {
    core.previous = undefined;
    return;
  }
  // Nothing more is sent unless the peer is heard again.
  list.freeze(() => true);
  for (const each of list.pairs) {
    each.transaction = undefined;
    if (each.state === 'succeeded') each.state = 'frozen';
  }
  list.nominateAt = Number.POSITIVE_INFINITY;
  list.completeAt = Number.POSITIVE_INFINITY;
  core.setState('failed');
}

/** Paths are gone: none of them is checked or chosen any more, and what was in use is replaced as soon as something else works. */
export function losePaths(core: AgentCore, now: number, isLost: (pair: CandidatePair) => boolean): void {
  for (const list of [core.list, core.previous]) {
    if (!list) continue;
    for (const pair of list.pairs.filter(isLost)) {
      core.transactions.removeWhere((transaction) => transaction.pair === pair);
      core.validated.remove(pair.base.socket, pair.remote.address, pair.remote.port);
      checkFailed(core, now, list, pair);
      if (pair === list.selected) selectedPathLost(core, now, list);
    }
  }
}

function selectedPathLost(core: AgentCore, now: number, list: CheckList): void {
  if (!list.consent || list.consent.disconnected) return;
  list.consent.interrupt();
  if (list !== core.list) return;
  core.setState('disconnected');
  list.recheck();
  considerNomination(core, now);
}
