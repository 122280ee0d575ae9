import { formatIp, parseIp } from '../ip.js';
import { StunAttribute, StunError } from '../stun/attributes.js';
import type { StunMessage } from '../stun/message.js';
import { writeError, writeSuccess } from './binding.js';
import type { CheckList, EarlyRequest } from './check-list.js';
import type { AgentCore } from './core.js';
import { learnFrom } from './discovery.js';
import type { LocalBase } from './pair.js';
import { progress } from './progress.js';
import { peerMustSwitch } from './roles.js';

/** The generation a request is for, if its USERNAME is right. */
function listOf(core: AgentCore, request: StunMessage): CheckList | undefined {
  const username = request.value(StunAttribute.Username);
  if (!username) return undefined;
  if (core.list.acceptsUsername(username)) return core.list;
  return core.previous?.acceptsUsername(username) ? core.previous : undefined;
}

/** The cheap tests come first: whoever doesn't know the ufrag costs no HMAC. */
function authenticate(core: AgentCore, request: StunMessage): CheckList | undefined {
  const list = listOf(core, request);
  if (!list) core.counters.wrongUfrag++;
  else if (!request.fingerprintValid()) core.counters.wrongFingerprint++;
  else if (!request.integrityValid(list.localKey)) core.counters.wrongIntegrity++;
  else return list;
  return undefined;
}

/** Canonical text and bytes of a source address; undefined when it can't be one of this socket. */
function sourceOf(list: CheckList, base: LocalBase, from: string, port: number) {
  const ip = parseIp(from);
  const known = list.selected?.remote;
  if (ip && known?.address === from && port > 0) return { address: from, ip };
  if (!ip || ip.length !== (base.family === 4 ? 4 : 16) || !(port > 0 && port < 65536)) return undefined;
  return { address: formatIp(ip, 0, ip.length as 4 | 16), ip };
}

/** A Binding request (RFC 8445 section 7.3). */
export function handleRequest(
  core: AgentCore,
  now: number,
  request: StunMessage,
  socket: number,
  from: string,
  port: number,
): void {
  const { counters } = core;
  const base = core.baseOf(socket);
  if (!base) {
    counters.ignored++;
    return;
  }
  const list = authenticate(core, request);
  if (!list) return;
  const source = sourceOf(list, base, from, port);
  if (!source) {
    counters.malformed++;
    return;
  }
  const { address, ip } = source;
  if (!core.mayUse(socket, address, port)) {
    counters.ignored++;
    return;
  }
  counters.requestsReceived++;
  counters.responsesSent++;
  const answer = (data: Uint8Array) => core.transmit(socket, address, port, data);
  if (request.unknownRequired) {
    answer(writeError(request, StunError.UnknownAttribute, 'Unknown Attribute', list.localKey));
    return;
  }
  if (peerMustSwitch(core, now, request)) {
    answer(writeError(request, StunError.RoleConflict, 'Role Conflict', list.localKey));
    return;
  }
  answer(writeSuccess(request, ip, port, list.localKey));
  if (!core.validated.touch(now, list.generation, false, socket, address, port)) counters.limited++;
  if (list !== core.list) return;
  if (list.selected?.isPath(socket, address, port)) {
    // The common case: the peer's own consent check, or nomination of what is selected.
    list.selected.lastRequest = now;
    if (request.has(StunAttribute.UseCandidate)) list.selected.lastUseCandidate = now;
    if (list.consent?.disconnected) list.consent.hurry(now);
    return;
  }
  const learnt: EarlyRequest = {
    base,
    address,
    ip,
    port,
    priority: request.uint32(StunAttribute.Priority) || base.checkPriority,
    useCandidate: request.has(StunAttribute.UseCandidate),
    remoteUfrag: list.remoteUfrag ?? request.text(StunAttribute.Username)!.slice(list.localUfrag.length + 1),
  };
  if (!list.remoteKey) {
    if (!list.remember(learnt)) counters.limited++;
    return;
  }
  learnFrom(core, now, learnt);
  progress(core, now);
}
