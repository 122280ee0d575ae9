export { api } from './api.js';
export type { ClassDescription, Operation } from './class-table.js';
export type {
  ClassDecl,
  ComplexTypeDecl,
  EnumDecl,
  EventDecl,
  Json,
  MethodDecl,
  ModuleCode,
  ModuleDecl,
  ParamDecl,
  PropertyDecl,
  RegisterDecl,
  TypeName,
} from './declaration.js';
export * from './derived-types.js';
export {
  descriptorNotFound,
  type ErrorBody,
  type ErrorType,
  errors,
  errorTypeOf,
  eventNotSupported,
  factoryNotFound,
  KurentoError,
  type KurentoErrorData,
  objectNotFound,
  objectOfWrongClass,
  operationNotFound,
} from './errors.js';
export { builtInModules } from './modules/index.js';
export { ApiRegistry, type ModuleSummary } from './registry.js';
export { stableStringify } from './stable-stringify.js';
export { DeclarationError } from './type-table.js';
export type { ObjectResolver, Parameter, ValueCodec } from './value-codec.js';
