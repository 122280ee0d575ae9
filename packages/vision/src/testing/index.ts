export * from './paint.js';
export { seeded } from './random.js';
