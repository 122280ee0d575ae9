import { DeclarationError, type ModuleDecl } from '@rivero/api';

/** Checks one value and names what is wrong by its path. */
type Check = (value: unknown, path: string) => void;
type Members = Readonly<Record<string, Check>>;

const fail = (path: string, wanted: string): never => {
  throw new DeclarationError(`${path} should be ${wanted}`);
};
const text: Check = (value, path) => {
  if (typeof value !== 'string' || value === '') fail(path, 'a text that is not empty');
};
const yes: Check = (value, path) => {
  if (value !== true) fail(path, 'true, or left out');
};
const choice =
  (...values: string[]): Check =>
  (value, path) => {
    if (!values.includes(value as string)) fail(path, values.map((each) => `'${each}'`).join(' or '));
  };
const listOf =
  (item: Check): Check =>
  (value, path) => {
    if (!Array.isArray(value)) return fail(path, 'a list');
    value.forEach((each, index) => {
      item(each, `${path}[${index}]`);
    });
  };
const json: Check = (value, path) => {
  try {
    if (JSON.stringify(value) !== undefined) return;
  } catch {
    // Circular, or a bigint.
  }
  fail(path, 'a JSON value');
};

/** A plain object with these members and no others: a misspelt one would be ignored in silence. */
const object =
  (required: Members, optional: Members = {}): Check =>
  (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail(path, 'an object');
    const members = value as Record<string, unknown>;
    for (const [name, check] of Object.entries(required)) check(members[name], join(path, name));
    for (const [name, member] of Object.entries(members)) {
      if (Object.hasOwn(required, name) || member === undefined) continue;
      if (!Object.hasOwn(optional, name)) {
        const known = [...Object.keys(required), ...Object.keys(optional)].join(', ');
        throw new DeclarationError(`${join(path, name)} is unknown; known are ${known}`);
      }
      optional[name]!(member, join(path, name));
    }
  };

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

const param = object({ name: text, type: text, doc: text }, { optional: yes, default: json });
const property = object(
  { name: text, type: text, doc: text },
  { final: yes, readonly: yes, default: json, beyond: yes },
);
const method = object(
  { name: text, params: listOf(param), doc: text },
  { returns: text, returnDoc: text, beyond: yes },
);
const classDecl = object(
  { name: text, doc: text },
  {
    abstract: yes,
    extends: text,
    constructorParams: listOf(param),
    properties: listOf(property),
    methods: listOf(method),
    events: listOf(text),
    example: text,
  },
);
const enumDecl = object(
  { kind: choice('enum'), name: text, values: listOf(text), doc: text },
  { beyond: yes },
);
const registerDecl = object(
  { kind: choice('register'), name: text, members: listOf(param), doc: text },
  { extends: text, beyond: yes },
);
const complexType: Check = (value, path) => {
  const kind = (value as { kind?: unknown } | null | undefined)?.kind;
  choice('enum', 'register')(kind, join(path, 'kind'));
  (kind === 'enum' ? enumDecl : registerDecl)(value, path);
};
const eventDecl = object({ name: text, members: listOf(param), doc: text }, { extends: text, beyond: yes });
const textsByName: Check = (value, path) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail(path, 'an object');
  for (const [name, each] of Object.entries(value)) text(each, join(path, name));
};
const code = object(
  {},
  {
    java: object({ packageName: text, mavenGroupId: text, mavenArtifactId: text }),
    js: object({ nodeName: text }),
  },
);
const declaration = object(
  {
    name: text,
    version: text,
    kurentoVersion: text,
    imports: listOf(text),
    doc: text,
    classes: listOf(classDecl),
    complexTypes: listOf(complexType),
    events: listOf(eventDecl),
  },
  { namespace: text, code, importVersions: textsByName },
);

/**
 * Whether a value has the form of a declaration. What its names mean is for ApiRegistry to check.
 * @throws DeclarationError that names the member: `classes[0].methods[2].params should be a list`
 */
export function checkForm(value: unknown): asserts value is ModuleDecl {
  declaration(value, 'declaration');
}
