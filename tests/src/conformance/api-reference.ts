import { readFixture } from './transcript.js';

/** The classes of the reference server, read from its list (fixtures/api.md). */

export interface ReferenceParam {
  name: string;
  type: string;
  optional: boolean;
}

export interface ReferenceProperty {
  name: string;
  type: string;
  /** Neither final nor readonly. */
  writable: boolean;
  /** What a fresh object answered, as the list has it. */
  observed: string | undefined;
}

export interface ReferenceMethod {
  name: string;
  params: ReferenceParam[];
  returns: string | undefined;
}

export interface ReferenceClass {
  name: string;
  module: string;
  abstract: boolean;
  extends: string | undefined;
  constructorParams: ReferenceParam[];
  properties: ReferenceProperty[];
  methods: ReferenceMethod[];
  events: string[];
}

export interface ReferenceType {
  name: string;
  kind: 'enum' | 'register';
  values: string[];
  members: ReferenceParam[];
}

export interface ApiReference {
  classes: Map<string, ReferenceClass>;
  types: Map<string, ReferenceType>;
}

export function readApiReference(): ApiReference {
  const classes = new Map<string, ReferenceClass>();
  const types = new Map<string, ReferenceType>();
  let module = '';
  let current: ReferenceClass | undefined;
  for (const line of readFixture('api.md').split('\n')) {
    module = /^## Module `(\w+)`/.exec(line)?.[1] ?? module;
    const type = /^- \*\*(\w+)\*\* \((enum|register)\)(?: extends \w+)?:? (.*)$/.exec(line);
    if (type?.[1] !== undefined) {
      types.set(type[1], readType(type[1], type[2] as ReferenceType['kind'], type[3] ?? ''));
      continue;
    }
    const head = /^- \*\*(\w+)\*\*(?: extends (\w+))?( \(abstract\))?$/.exec(line);
    if (head?.[1] !== undefined) {
      current = {
        name: head[1],
        module,
        abstract: head[3] !== undefined,
        extends: head[2],
        constructorParams: [],
        properties: [],
        methods: [],
        events: [],
      };
      classes.set(current.name, current);
    } else if (current !== undefined && line.startsWith('  - ')) readMember(current, line.slice(4));
    else if (line.startsWith('#')) current = undefined;
  }
  return { classes, types };
}

/** A class and its ancestors, nearest first. */
export function lineage({ classes }: ApiReference, name: string): ReferenceClass[] {
  const found: ReferenceClass[] = [];
  for (let next = classes.get(name); next !== undefined; next = classes.get(next.extends ?? ''))
    found.push(next);
  return found;
}

function readMember(target: ReferenceClass, text: string): void {
  const property =
    /^property (\w+): (\S+)(?: \((final|readonly)\))?(?: = \S+)?(?: \[observed: (.*)\])?$/.exec(text);
  if (property?.[1] !== undefined) {
    const [, name, type = '', access, observed] = property;
    target.properties.push({ name, type, writable: access === undefined, observed });
    return;
  }
  const method = /^method (\w+)\((.*?)\)(?: → (\S+))?(?: \[.*\])?$/.exec(text);
  if (method?.[1] !== undefined) {
    target.methods.push({ name: method[1], params: readParams(method[2] ?? ''), returns: method[3] });
    return;
  }
  const made = /^constructor\((.*)\)$/.exec(text);
  if (made) target.constructorParams = readParams(made[1] ?? '');
  const events = /^events: (.*)$/.exec(text);
  if (events?.[1] !== undefined) target.events = events[1].split(', ');
}

function readType(name: string, kind: ReferenceType['kind'], text: string): ReferenceType {
  if (kind === 'enum') return { name, kind, values: text.split(' \\| '), members: [] };
  return { name, kind, values: [], members: readParams(/^\{ (.*?) \}/.exec(text)?.[1] ?? '') };
}

function readParams(text: string): ReferenceParam[] {
  return [...text.matchAll(/(\w+)(\?)?: ([\w[\]<>]+)( = [^,]+)?/g)].map(
    ([, name = '', mark, type = '', value]) => ({
      name,
      type,
      optional: mark !== undefined || value !== undefined,
    }),
  );
}
