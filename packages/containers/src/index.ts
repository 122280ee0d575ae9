export { av1Configuration, withoutTemporalDelimiter } from './av1-configuration.js';
export * from './container.js';
export { FlvWriter } from './flv/flv-writer.js';
export { JpegWriter } from './jpeg-writer.js';
export { type MatroskaOptions, MatroskaWriter } from './matroska/matroska-writer.js';
export { type Mp4Options, Mp4Writer } from './mp4/mp4-writer.js';
