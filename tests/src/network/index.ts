/** Calls of real browsers over emulated networks, for tests and benchmarks. */
export { type LabCall, type LabSource, NetworkLab, type Way } from './lab.js';
export { type Measurement, type Phase, type PhaseResult, runPhases } from './measure.js';
export { whyNoNamespaces } from './namespace.js';
