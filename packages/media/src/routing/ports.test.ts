import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MediaOrigin } from './media.js';
import { InputPort, notifyOutput, OutputPort, originOf, relay, setSource, terminalInputs } from './ports.js';

function relayElement(told: InputPort[]): { input: InputPort; output: OutputPort } {
  const input = new InputPort('video', 'default', { inputChanged: (port) => told.push(port) });
  const output = new OutputPort('video');
  relay(output, input);
  return { input, output };
}

const origin: MediaOrigin = {
  kind: 'video',
  codec: undefined,
  flowing: true,
  addSink: () => {},
  removeSink: () => {},
  requestKeyFrame: () => {},
};

test('an origin is found through a chain of relays, and everything below is told of changes', () => {
  const told: InputPort[] = [];
  const source = new OutputPort('video');
  source.origin = origin;
  const first = relayElement(told);
  const second = relayElement(told);
  const end = new InputPort('video', 'default', { inputChanged: (port) => told.push(port) });
  setSource(end, second.output);
  setSource(second.input, first.output);
  assert.equal(end.origin, undefined);
  told.length = 0;
  setSource(first.input, source);
  assert.equal(end.origin, origin);
  assert.deepEqual(told, [first.input, second.input, end]);
  assert.deepEqual(terminalInputs(source), [end]);
  told.length = 0;
  notifyOutput(source);
  assert.equal(told.length, 3);
  setSource(second.input, undefined);
  assert.equal(end.origin, undefined);
  assert.equal(first.output.sinks.size, 0);
});

test('a ring of relays has no origin and does not hang', () => {
  const told: InputPort[] = [];
  const a = relayElement(told);
  const b = relayElement(told);
  setSource(a.input, b.output);
  setSource(b.input, a.output);
  assert.equal(originOf(a.output), undefined);
  notifyOutput(a.output);
  assert.deepEqual(terminalInputs(a.output), []);
});
