import type { ApiRegistry, Operation } from '@rivero/api';
import type { ElementKind } from '../element-kind.js';
import type { ElementStart } from './element-start.js';

/** What the implementation of a class answers for: what the class and those of its ancestors declare that belong to a module. */
export class OwnMembers {
  readonly operations: readonly Operation[];
  readonly events: readonly string[];

  /** @param declares whether a class belongs to a module */
  constructor(api: ApiRegistry, className: string, declares: (className: string) => boolean) {
    this.operations = api.operations(className).filter(({ declaredBy }) => declares(declaredBy));
    this.events = [className, ...api.hierarchy(className)]
      .filter(declares)
      .flatMap((name) => api.findClass(name)?.events ?? []);
  }

  /** Names of the methods, or of the properties with a getter or setter. */
  names(kind: Operation['kind']): string[] {
    return this.operations.filter((each) => each.kind === kind).map((each) => each.property ?? each.name);
  }
}

/** What starts an implementation. `initial`: the value of a property to begin with. */
export function elementStart(
  own: OwnMembers,
  { kind, url, memoryMegabytes }: ElementKind,
  className: string,
  rest: Pick<ElementStart, 'params' | 'kept' | 'tags' | 'access' | 'timeoutMs'> & {
    initial: (property: string) => unknown;
  },
): ElementStart {
  const { initial, ...start } = rest;
  const writable = own.names('setter');
  const values = writable.map((name) => [name, initial(name)] as const);
  return {
    ...start,
    kind,
    url,
    className,
    ...(memoryMegabytes !== undefined && { memoryMegabytes }),
    properties: Object.fromEntries(values.filter(([, value]) => value !== undefined)),
    methods: own.names('method'),
    readable: own.names('getter'),
    writable,
    events: own.events,
  };
}
