export { runElement, startOf } from './run-element.js';
