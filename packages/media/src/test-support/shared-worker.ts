import { after, afterEach, before } from 'node:test';
import { WorkerHarness } from './worker-harness.js';

/**
 * One worker for all tests of a `describe`; what a test leaves behind goes after it. An `afterEach` that must come
 * before that, as a timer that sends, is registered before.
 */
export function sharedWorker(...options: Parameters<WorkerHarness['open']>): WorkerHarness {
  const harness = new WorkerHarness();
  before(() => harness.open(...options));
  afterEach(() => harness.clear());
  after(() => harness.close());
  return harness;
}
