export { runElement } from './run-element.js';
