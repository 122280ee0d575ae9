export { type CarriedData, carriedData, carriedSize, dataOf } from './carried-data.js';
export {
  type ElementCalls,
  type ElementStart,
  type ElementTells,
  TAGS_CHANGED,
  type Tags,
} from './element-start.js';
export { type ImplementationClass, Instance, loadImplementation, messageOf } from './instance.js';
export { elementStart, OwnMembers } from './start-of.js';
export { UriAccess, type UriAccessSettings, UriForbiddenError } from './uri-access.js';
