import { SmallSet } from '../runtime/small-map.js';
import type { MediaKind, MediaOrigin, MediaSink } from './media.js';

/** What an output that passes media on tells its element. */
export interface OutputListener {
  /** What comes out changed, or started or stopped to flow. */
  outputChanged(port: OutputPort): void;
}

/** What a port tells its element. */
export interface InputListener {
  /** The origin changed, or started or stopped to flow. */
  inputChanged(port: InputPort): void;
}

/** Where media of one kind leaves an element. Either the element has an origin of its own, or it passes an input on. */
export class OutputPort {
  readonly sinks = new SmallSet<InputPort>();
  /** The element's own origin. */
  origin: MediaOrigin | undefined;
  /** The input that an element without an origin of its own passes on; set by `relay`. */
  relayed: InputPort | undefined;

  constructor(
    readonly kind: MediaKind,
    readonly description = 'default',
    readonly listener?: OutputListener,
  ) {}
}

/** Where media of one kind enters an element: at most one source. */
export class InputPort {
  source: OutputPort | undefined;
  /** Outputs that pass this input on, in elements without processing. */
  readonly relays = new SmallSet<OutputPort>();
  /** The sending side of an endpoint at which the flow ends. */
  sink: MediaSink | undefined;

  constructor(
    readonly kind: MediaKind,
    readonly description: string,
    readonly listener: InputListener,
  ) {}

  /** The origin at the far end of the chain of relays; undefined when there is none, or when the chain is a ring. */
  get origin(): MediaOrigin | undefined {
    return originOf(this.source);
  }
}

/** Follows relays upstream. A ring of relays has no origin. */
export function originOf(output: OutputPort | undefined): MediaOrigin | undefined {
  let port = output;
  let seen: Set<OutputPort> | undefined;
  while (port !== undefined) {
    if (port.origin !== undefined || port.relayed === undefined) return port.origin;
    seen ??= new Set();
    if (seen.has(port)) return undefined;
    seen.add(port);
    port = port.relayed.source;
  }
  return undefined;
}

/** Connects an input to a source (or to none) and tells everything downstream. */
export function setSource(input: InputPort, source: OutputPort | undefined): void {
  if (input.source === source) return;
  input.source?.sinks.delete(input);
  input.source = source;
  source?.sinks.add(input);
  notifyInput(input);
}

/** Has an output pass an input on (or nothing) and tells everything below the output. */
export function relay(output: OutputPort, input: InputPort | undefined): void {
  if (output.relayed === input) return;
  output.relayed?.relays.delete(output);
  output.relayed = input;
  input?.relays.add(output);
  notifyOutput(output);
}

/** Tells the inputs below an output that what comes out of it has changed. */
export function notifyOutput(output: OutputPort): void {
  output.listener?.outputChanged(output);
  const seen = new Set<InputPort>();
  for (const sink of [...output.sinks]) notify(sink, seen);
}

function notifyInput(input: InputPort): void {
  notify(input, new Set());
}

function notify(input: InputPort, seen: Set<InputPort>): void {
  if (seen.has(input)) return;
  seen.add(input);
  input.listener.inputChanged(input);
  for (const output of input.relays) {
    output.listener?.outputChanged(output);
    for (const sink of [...output.sinks]) notify(sink, seen);
  }
}

/** Every input at which a chain of relays below an output ends. */
export function terminalInputs(output: OutputPort): InputPort[] {
  const seen = new Set<InputPort>();
  const ends: InputPort[] = [];
  const visit = (port: OutputPort): void => {
    for (const sink of port.sinks) {
      if (seen.has(sink)) continue;
      seen.add(sink);
      if (sink.relays.size === 0) ends.push(sink);
      for (const output of sink.relays) visit(output);
    }
  };
  visit(output);
  return ends;
}
