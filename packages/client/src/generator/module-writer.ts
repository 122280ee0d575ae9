import type { ModuleDecl, ParamDecl, TypeName } from '@rivero/api';
import { type AnyType, type ApiModel, elementOf, mayBeLeftOut, primitive } from './api-model.js';

/** Collects the text of one generated file and what it imports. */
export class ModuleWriter {
  readonly api: ApiModel;
  readonly module: ModuleDecl;
  readonly #lines: string[] = [];
  readonly #imports = new Map<string, Map<string, 'type' | 'value'>>();

  constructor(api: ApiModel, module: ModuleDecl) {
    this.api = api;
    this.module = module;
  }

  line(text = ''): void {
    this.#lines.push(text);
  }

  /** A documentation comment; empty paragraphs are left out. */
  doc(...paragraphs: readonly (string | undefined)[]): void {
    const lines = paragraphs
      .filter((text) => text !== undefined && text !== '')
      .flatMap((text) => wrap(text ?? ''));
    if (lines.length === 1) this.line(`/** ${lines[0]} */`);
    else this.line(['/**', ...lines.map((text) => ` * ${text}`.trimEnd()), ' */'].join('\n'));
  }

  import(from: string, name: string, kind: 'type' | 'value' = 'type'): string {
    let names = this.#imports.get(from);
    if (names === undefined) {
      names = new Map();
      this.#imports.set(from, names);
    }
    if (names.get(name) !== 'value') names.set(name, kind);
    return name;
  }

  /** The name of something of the API, imported if it is of another module. */
  use(
    { module, exported }: Pick<AnyType, 'module' | 'exported'>,
    kind: 'type' | 'value' = 'type',
    suffix = '',
  ): string {
    const name = exported + suffix;
    return module === this.module ? name : this.import(`./${module.name}.js`, name, kind);
  }

  /** The TypeScript type of a value that the server gives. */
  output(type: TypeName): string {
    if (type.endsWith('[]')) return `${this.output(type.slice(0, -2))}[]`;
    if (type.endsWith('<>')) return `Record<string, ${this.output(type.slice(0, -2))}>`;
    const simple = primitive(type);
    if (simple !== undefined) return simple;
    const found = this.#find(type);
    return this.api.subtypes(type).length > 0 ? this.#any(found) : this.use(found);
  }

  /** The TypeScript type of a value that the caller gives. */
  input(type: TypeName): string {
    if (type.endsWith('[]')) return `readonly ${this.input(type.slice(0, -2))}[]`;
    if (type.endsWith('<>')) return `Readonly<Record<string, ${this.input(type.slice(0, -2))}>>`;
    const simple = primitive(type);
    if (simple !== undefined) return simple;
    return this.use(this.#find(type), 'type', this.api.needsInit(type, this.module) ? 'Init' : '');
  }

  /** A result: an object may be null. */
  result(type: TypeName): string {
    const found = this.api.type(type, this.module);
    const isClass = found !== undefined && !('kind' in found.decl);
    return isClass ? `${this.output(type)} | null` : this.output(type);
  }

  /** Members of an interface for values that the caller gives. */
  inputMembers(members: readonly ParamDecl[]): void {
    for (const member of members) {
      this.doc(member.doc, defaultNote(member));
      const mark = mayBeLeftOut(member) ? '?' : '';
      const undefinedToo = mark === '?' ? ' | undefined' : '';
      this.line(`readonly ${member.name}${mark}: ${this.input(member.type)}${undefinedToo};`);
    }
  }

  /** Whether a result must be looked at for objects in it, or for null in place of an empty map. */
  needsReading(type: TypeName): boolean {
    return type.endsWith('<>') || this.api.refers(elementOf(type), this.module);
  }

  toString(): string {
    const imports = [...this.#imports].map(([from, names]) => {
      const list = [...names].map(([name, kind]) => (kind === 'type' ? `type ${name}` : name));
      const onlyTypes = [...names.values()].every((kind) => kind === 'type');
      return onlyTypes
        ? `import type { ${[...names.keys()].join(', ')} } from '${from}';`
        : `import { ${list.join(', ')} } from '${from}';`;
    });
    return `${[HEADER, '', ...imports, '', ...this.#lines].join('\n')}\n`;
  }

  /** `Any…`: the register or one of those that extend it, told apart by `__type__`. */
  #any(found: AnyType): string {
    return this.use({ module: found.module, exported: `Any${found.exported}` });
  }

  #find(type: TypeName): AnyType {
    const found = this.api.type(type, this.module);
    if (found === undefined) throw new Error(`Unknown type ${type}`);
    return found;
  }
}

export const HEADER = '// Generated from the declaration in @rivero/api by src/generator; do not edit.';

export function defaultNote({ default: value }: { readonly default?: unknown }): string | undefined {
  return value === undefined ? undefined : `Default: \`${JSON.stringify(value)}\`.`;
}

const WIDTH = 100;

/** Breaks text into lines; code (lines of several) stays as it is. */
function wrap(text: string): string[] {
  const safe = text.replaceAll('*/', '*\\/');
  if (safe.includes('\n')) return safe.split('\n');
  const lines = [''];
  for (const word of safe.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && last.length + word.length >= WIDTH) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}
