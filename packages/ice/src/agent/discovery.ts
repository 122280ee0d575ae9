import type { IceCandidate } from '../candidate.js';
import type { EarlyRequest } from './check-list.js';
import { retransmit } from './checks.js';
import type { AgentCore } from './core.js';
import type { CandidatePair } from './pair.js';
import { nominatedByPeer, turnToPeer } from './selection.js';

/** A check under way is repeated at once for a request from the same address, but not more often than this (ms). */
const MIN_RETRANSMISSION = 50;

/** The pair a request came on, discovered if it is new (RFC 8445 section 7.3.1.3). undefined when there is no room for it. */
function pairOf(
  core: AgentCore,
  { base, address, ip, port, priority }: EarlyRequest,
): CandidatePair | undefined {
  const { list } = core;
  const known = list.findPair(base.socket, address, port);
  if (known) return known;
  const candidate: IceCandidate = {
    foundation: `prflx${list.remotes.length}`,
    component: 1,
    protocol: base.protocol,
    priority,
    address,
    port,
    type: 'prflx',
    // Who connects to us is active; its candidate lines name no port (RFC 6544 section 4.5).
    ...(base.protocol === 'tcp' && { tcpType: 'active' }),
  };
  const remote = list.findRemote(address, port, base.protocol) ?? list.addRemote(candidate, address, ip);
  if (!remote) core.counters.limited++;
  return remote && core.pairUp(base, remote);
}

/**
 * An authenticated request says that its source is an address of the peer and that the way from there is open: a triggered check follows, and
 * nomination if it asks for it (RFC 8445 sections 7.3.1.3 to 7.3.1.5).
 */
export function learnFrom(core: AgentCore, now: number, request: EarlyRequest): void {
  const { list } = core;
  const pair = pairOf(core, request);
  if (!pair) return;
  const nominated = request.useCandidate && !core.controlling;
  pair.lastRequest = now;
  if (nominated) pair.lastUseCandidate = now;
  if (pair.state === 'succeeded') {
    if (nominated) nominatedByPeer(core, now, pair);
    else turnToPeer(core, now, pair);
    return;
  }
  pair.nominateOnSuccess ||= nominated;
  const { transaction } = pair;
  if (pair.state !== 'in-progress' || !transaction) {
    list.trigger(pair);
  } else if (now - transaction.lastSentAt >= MIN_RETRANSMISSION) {
    // The way is open now: the same check again, with short waits.
    transaction.rto = core.timing.initialRto / 2;
    transaction.transmissions = 1;
    retransmit(core, now, transaction);
  }
}
