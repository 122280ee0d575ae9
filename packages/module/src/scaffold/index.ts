export { link, scaffold } from './scaffold.js';
export { SCAFFOLD_KINDS, type ScaffoldKind } from './templates.js';
