import { errorTypeOf, KurentoError } from '@rivero/api';

/**
 * What a module throws when a request can't be done: the client gets the message, with code 40001 or one of the module's own
 * (49000 to 49999). Whatever else is thrown is a mistake in the module: the client gets UNEXPECTED_ERROR, the log the stack.
 */
export class ModuleError extends KurentoError {
  constructor(message: string, code = 40001) {
    super(errorTypeOf(code), message, { code });
    this.name = 'ModuleError';
  }
}
