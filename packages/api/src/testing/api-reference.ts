// Reads the reference table of Kurento's API (Markdown) into the form of our declaration, without texts.

export interface ReferenceParam {
  name: string;
  type: string;
  optional: boolean;
  default?: unknown;
}

export interface ReferenceProperty {
  name: string;
  type: string;
  final: boolean;
  readonly: boolean;
  /** What the table says was observed, or declared with `=`. */
  observed?: string;
}

export interface ReferenceClass {
  name: string;
  extends?: string;
  abstract: boolean;
  constructorParams?: ReferenceParam[];
  properties: ReferenceProperty[];
  methods: { name: string; params: ReferenceParam[]; returns?: string }[];
  events: string[];
}

export interface ReferenceModule {
  name: string;
  version: string;
  needs?: string;
  classes: ReferenceClass[];
  enums: { name: string; values: string[] }[];
  registers: { name: string; extends?: string; members: ReferenceParam[] }[];
  events: { name: string; extends?: string; members: ReferenceParam[] }[];
}

function must(match: RegExpMatchArray | null, line: string): RegExpMatchArray {
  if (!match) throw new Error(`Line not understood: ${line}`);
  return match;
}

/** `a: int, b?: String, c: float = 0.5` */
function parseParams(text: string): ReferenceParam[] {
  if (text.trim() === '') return [];
  return text.split(/, (?=\w+\??: )/).map((part) => {
    const [, name, mark, type, value] = must(part.trim().match(/^(\w+)(\??): (\S+)(?: = (.*))?$/), part);
    const param: ReferenceParam = {
      name: name as string,
      type: type as string,
      optional: mark === '?' || value !== undefined,
    };
    if (value !== undefined) param.default = JSON.parse(value);
    return param;
  });
}

function parseClassLine(line: string, current: ReferenceClass): void {
  if (line.startsWith('  - constructor(')) {
    current.constructorParams = parseParams(
      must(line.match(/^ {2}- constructor\((.*)\)$/), line)[1] as string,
    );
  } else if (line.startsWith('  - property ')) {
    const [, name, type, value, flag, observed] = must(
      line.match(/^ {2}- property (\w+): (\S+)(?: = (\S+))?(?: \((\w+)\))?(?: \[observed: (.*)\])?$/),
      line,
    );
    const text = observed ?? (value === undefined ? undefined : String(JSON.parse(value)));
    current.properties.push({
      name: name as string,
      type: type as string,
      final: flag === 'final',
      readonly: flag === 'readonly',
      ...(text === undefined ? {} : { observed: text }),
    });
  } else if (line.startsWith('  - method ')) {
    const [, name, params, returns] = must(
      line.match(/^ {2}- method (\w+)\((.*?)\)(?: → (\S+))?(?: \[observed: .*\])?$/),
      line,
    );
    current.methods.push({
      name: name as string,
      params: parseParams(params as string),
      ...(returns === undefined ? {} : { returns }),
    });
  } else if (line.startsWith('  - events: ')) {
    current.events = line.slice('  - events: '.length).split(', ');
  } else {
    throw new Error(`Line not understood: ${line}`);
  }
}

function parseType(line: string, module: ReferenceModule): void {
  const enumeration = line.match(/^- \*\*(\w+)\*\* \(enum\): (.*)$/);
  if (enumeration) {
    const [, name, values] = enumeration;
    module.enums.push({ name: name as string, values: (values as string).split(' \\| ') });
    return;
  }
  const [, name, parent, members] = must(
    line.match(/^- \*\*(\w+)\*\* \(register\)(?: extends (\w+))? \{ (.*) \}(?: \[observed: .*\])?$/),
    line,
  );
  module.registers.push({
    name: name as string,
    ...(parent === undefined ? {} : { extends: parent }),
    members: parseParams(members as string),
  });
}

function parseEvent(line: string, module: ReferenceModule): void {
  const [, name, parent, members] = must(line.match(/^- \*\*(\w+)\*\*(?: extends (\w+))? \{ (.*) \}$/), line);
  module.events.push({
    name: name as string,
    ...(parent === undefined ? {} : { extends: parent }),
    members: parseParams(members as string),
  });
}

export function parseReference(markdown: string): ReferenceModule[] {
  const modules: ReferenceModule[] = [];
  let section = '';
  for (const line of markdown.split('\n')) {
    const heading = line.match(/^## Module `(\w+)`$/)?.[1];
    if (heading) {
      modules.push({ name: heading, version: '', classes: [], enums: [], registers: [], events: [] });
      section = '';
    }
    const module = modules.at(-1);
    if (heading || !module || line === '') continue;
    if (line.startsWith('### ')) section = line.slice(4);
    else if (line.startsWith('version ')) {
      const [, version, needs] = must(line.match(/^version (\S+?)(?:, needs kurento (\S+))?$/), line);
      module.version = version as string;
      if (needs) module.needs = needs;
    } else if (section === 'Remote classes' && line.startsWith('- ')) {
      const [, name, parent, abstract] = must(
        line.match(/^- \*\*(\w+)\*\*(?: extends (\w+))?( \(abstract\))?$/),
        line,
      );
      module.classes.push({
        name: name as string,
        ...(parent === undefined ? {} : { extends: parent }),
        abstract: abstract !== undefined,
        properties: [],
        methods: [],
        events: [],
      });
    } else if (section === 'Remote classes') {
      const current = module.classes.at(-1);
      if (!current) throw new Error(`Line not understood: ${line}`);
      parseClassLine(line, current);
    } else if (section === 'Complex types') parseType(line, module);
    else if (section === 'Events') parseEvent(line, module);
    else throw new Error(`Line not understood: ${line}`);
  }
  return modules;
}
