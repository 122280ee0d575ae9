/**
 * `npm run docs:api`: writes the reference pages in docs/api from the declaration in packages/api.
 * With --check it writes nothing, and exits with 1 when a page is not as it would be written.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, runProgram, SetupError } from './setup.mjs';

const FOLDER = join(root, 'docs', 'api');
const PRIMITIVES = new Set(['String', 'int', 'int64', 'float', 'double', 'boolean']);
const NOTE =
  '<!-- Written by scripts/generate-api-docs.mjs from packages/api. Change the declaration, not this page. -->';

/** Makes all pages; their keys are paths within docs/api. */
class Reference {
  #modules;
  #errors;
  #classes = new Map();

  constructor(modules, errors) {
    this.#modules = modules;
    this.#errors = errors;
    for (const module of modules)
      for (const decl of module.classes) this.#classes.set(decl.name, { decl, module });
  }

  pages() {
    const pages = new Map([
      ['README.md', this.#index()],
      ['errors.md', this.#errorPage()],
    ]);
    for (const module of this.#modules) {
      for (const decl of module.classes) pages.set(`classes/${decl.name}.md`, this.#classPage(module, decl));
      if (module.complexTypes.length > 0) pages.set(`types/${module.name}.md`, this.#typesPage(module));
      if (module.events.length > 0) pages.set(`events/${module.name}.md`, this.#eventsPage(module));
    }
    return pages;
  }

  #index() {
    const lines = [
      '# API reference',
      '',
      'Every class, type and event of the Kurento API as Rivero declares it. What is declared can be created, described and',
      'connected; [compatibility](../compatibility.md) says what can be processed already. How requests look on the wire:',
      'a property `abc` is read with `getAbc` and, where it is writable, written with `setAbc`.',
      '',
      '[Errors](errors.md)',
    ];
    for (const module of this.#modules) {
      lines.push('', `## Module ${module.name}`, '', `${module.doc} Version ${module.version}.`, '');
      lines.push('| class | |', '|---|---|');
      for (const { name, abstract, doc } of module.classes) {
        lines.push(
          `| ${abstract ? '*' : ''}[${name}](classes/${name}.md)${abstract ? '*' : ''} | ${cell(firstSentence(doc))} |`,
        );
      }
      const list = (title, folder, items) => {
        if (items.length === 0) return;
        const links = items.map(({ name }) => `[${name}](${folder}/${module.name}.md#${anchor(name)})`);
        lines.push('', `${title}: ${links.join(', ')}`);
      };
      list('Types', 'types', module.complexTypes);
      list('Events', 'events', module.events);
    }
    lines.push('', 'Classes in italics are abstract: they are there for others to extend.');
    return page(lines);
  }

  #classPage(module, decl) {
    const ancestors = this.#ancestors(decl);
    const lines = [`# ${decl.name}`, '', decl.doc, ''];
    const kind = decl.abstract ? 'Abstract class' : 'Class';
    lines.push(`${kind} of the module ${module.name}${this.#extends(ancestors)}.`);
    const heirs = [...this.#classes.values()].filter((other) => other.decl.extends === decl.name);
    if (heirs.length > 0)
      lines.push(`Extended by ${heirs.map((heir) => classLink(heir.decl.name)).join(', ')}.`);
    if (decl.example) lines.push('', '## Example', '', '```js', decl.example, '```');
    if (decl.constructorParams && !decl.abstract) {
      lines.push(
        '',
        '## Constructor',
        '',
        ...this.#signature(module, `create('${decl.name}'`, decl.constructorParams),
      );
    }
    this.#properties(lines, module, decl, ancestors);
    this.#methods(lines, module, decl, ancestors);
    this.#events(lines, module, decl, ancestors);
    lines.push('', '[All classes](../README.md)');
    return page(lines);
  }

  #extends(ancestors) {
    return ancestors.length === 0
      ? ''
      : `; extends ${ancestors.map(({ decl }) => classLink(decl.name)).join(' → ')}`;
  }

  #properties(lines, module, decl, ancestors) {
    const inherited = this.#inherited(ancestors, 'properties');
    if (!decl.properties?.length && inherited.length === 0) return;
    lines.push('', '## Properties');
    for (const property of decl.properties ?? []) {
      const accessor = capital(property.name);
      const access = property.final
        ? `Fixed at creation. Read with \`get${accessor}\`.`
        : property.readonly
          ? `Changed by the server only. Read with \`get${accessor}\`.`
          : `Read with \`get${accessor}\`, written with \`set${accessor}\`.`;
      const initial = property.default === undefined ? '' : ` Initially ${json(property.default)}.`;
      lines.push(
        '',
        `### ${property.name}`,
        '',
        `${this.#type(module, property.type)}. ${property.doc}`,
        '',
        access + initial,
      );
    }
    lines.push(...inherited);
  }

  #methods(lines, module, decl, ancestors) {
    const inherited = this.#inherited(ancestors, 'methods');
    if (!decl.methods?.length && inherited.length === 0) return;
    lines.push('', '## Methods');
    for (const method of decl.methods ?? []) {
      lines.push(
        '',
        `### ${method.name}`,
        '',
        method.doc,
        '',
        ...this.#signature(module, `${method.name}(`, method.params),
      );
      if (method.returns)
        lines.push(
          '',
          `Returns ${this.#type(module, method.returns)}${method.returnDoc ? `: ${method.returnDoc}` : '.'}`,
        );
    }
    lines.push(...inherited);
  }

  #events(lines, module, decl, ancestors) {
    const inherited = ancestors.filter((ancestor) => ancestor.decl.events?.length);
    if (!decl.events?.length && inherited.length === 0) return;
    lines.push('', '## Events');
    if (decl.events?.length) {
      lines.push('', '| event | |', '|---|---|');
      for (const name of decl.events)
        lines.push(`| ${this.#eventLink(module, name)} | ${cell(this.#event(module, name).doc)} |`);
    }
    for (const ancestor of inherited) {
      const links = ancestor.decl.events.map((name) => this.#eventLink(ancestor.module, name));
      lines.push('', `From ${classLink(ancestor.decl.name)}: ${links.join(', ')}`);
    }
  }

  /** What comes from the ancestors, as links, nearest first. */
  #inherited(ancestors, kind) {
    return ancestors
      .filter(({ decl }) => decl[kind]?.length)
      .flatMap(({ decl }) => {
        const links = decl[kind].map(({ name }) => `[${name}](${decl.name}.md#${anchor(name)})`);
        return ['', `From ${classLink(decl.name)}: ${links.join(', ')}`];
      });
  }

  #signature(module, start, params) {
    const opening = start.endsWith('(') ? start : `${start}${params.length > 0 ? ', ' : ''}`;
    const names = params.map(({ name, optional, default: value }) =>
      optional || value !== undefined ? `${name}?` : name,
    );
    const call = start.endsWith('(')
      ? `${opening}${names.join(', ')})`
      : `${opening}${params.length > 0 ? `{ ${names.join(', ')} }` : ''})`;
    if (params.length === 0) return [`\`${call}\``];
    return [`\`${call}\``, '', ...this.#memberTable(module, 'parameter', params)];
  }

  #memberTable(module, title, members) {
    const rows = members.map(({ name, type, optional, default: value, doc }) => {
      const initial = value !== undefined ? ` Default: ${json(value)}.` : optional ? ' Optional.' : '';
      return `| \`${name}\` | ${cell(this.#type(module, type))} | ${cell(doc)}${cell(initial)} |`;
    });
    return [`| ${title} | type | |`, '|---|---|---|', ...rows];
  }

  #typesPage(module) {
    const lines = [`# Types of the module ${module.name}`];
    for (const type of module.complexTypes) {
      lines.push('', `## ${type.name}`, '', type.doc, '');
      if (type.kind === 'enum')
        lines.push(`One of ${type.values.map((value) => `\`${value}\``).join(', ')}.`);
      else {
        if (type.extends) lines.push(`Extends ${this.#type(module, type.extends)}.`, '');
        if (type.members.length > 0) lines.push(...this.#memberTable(module, 'member', type.members));
        else lines.push('No members of its own.');
      }
    }
    lines.push('', '[All classes](../README.md)');
    return page(lines);
  }

  #eventsPage(module) {
    const lines = [`# Events of the module ${module.name}`];
    for (const event of module.events) {
      lines.push('', `## ${event.name}`, '', event.doc, '');
      if (event.extends) lines.push(`Extends ${this.#eventLink(module, event.extends)}.`, '');
      if (event.members.length > 0) lines.push(...this.#memberTable(module, 'member', event.members));
      else lines.push('No members of its own.');
      const emitters = [...this.#classes.values()].filter(({ decl }) => decl.events?.includes(event.name));
      if (emitters.length > 0)
        lines.push('', `Emitted by ${emitters.map(({ decl }) => classLink(decl.name)).join(', ')}.`);
    }
    lines.push('', '[All classes](../README.md)');
    return page(lines);
  }

  #errorPage() {
    const rows = Object.entries(this.#errors).map(([name, { code, doc }]) => ({ name, code, doc }));
    rows.sort((a, b) => a.code - b.code);
    return page([
      '# Errors',
      '',
      'An answer with an error has `code`, `message` and, from 40000 on, `data.type` with the name.',
      '',
      '| code | name | |',
      '|---|---|---|',
      ...rows.map(({ name, code, doc }) => `| ${code} | \`${name}\` | ${cell(doc)} |`),
      '',
      '[All classes](README.md)',
    ]);
  }

  #ancestors(decl) {
    const found = [];
    for (let next = this.#classes.get(decl.extends); next; next = this.#classes.get(next.decl.extends))
      found.push(next);
    return found;
  }

  /** A type with a link to where it is described. */
  #type(module, typeName) {
    const name = typeName.replace(/(\[\]|<>)$/, '');
    const text = `\`${typeName}\``;
    if (PRIMITIVES.has(name)) return text;
    if (this.#classes.has(name)) return `[${text}](../classes/${name}.md)`;
    const owner = this.#owner(module, 'complexTypes', name);
    return `[${text}](../types/${owner.name}.md#${anchor(name)})`;
  }

  #event(module, name) {
    return this.#owner(module, 'events', name).events.find((event) => event.name === name);
  }

  #eventLink(module, name) {
    return `[${name}](../events/${this.#owner(module, 'events', name).name}.md#${anchor(name)})`;
  }

  /** The module that declares something, the own one first, then those it imports. */
  #owner(module, kind, name) {
    const order = [
      module,
      ...module.imports.map((other) => this.#modules.find((m) => m.name === other)),
      ...this.#modules,
    ];
    const found = order.find((candidate) => candidate?.[kind].some((decl) => decl.name === name));
    if (!found) throw new Error(`${name} is declared nowhere`);
    return found;
  }
}

function classLink(name) {
  return `[${name}](../classes/${name}.md)`;
}

function anchor(name) {
  return name.toLowerCase();
}

function capital(name) {
  return name[0].toUpperCase() + name.slice(1);
}

function json(value) {
  return `\`${JSON.stringify(value)}\``;
}

function cell(text) {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function firstSentence(text) {
  return /^.*?[.](?=\s|$)/s.exec(text)?.[0] ?? text;
}

function page(lines) {
  return `${NOTE}\n${lines.join('\n')}\n`;
}

function existing() {
  try {
    return readdirSync(FOLDER, { recursive: true }).filter((file) => file.endsWith('.md'));
  } catch {
    return [];
  }
}

function write(pages) {
  for (const file of existing()) if (!pages.has(file)) rmSync(join(FOLDER, file));
  for (const [file, text] of pages) {
    mkdirSync(dirname(join(FOLDER, file)), { recursive: true });
    writeFileSync(join(FOLDER, file), text);
  }
  console.log(`docs/api: ${pages.size} pages`);
}

function check(pages) {
  const files = new Set(existing());
  const wrong = [
    ...[...pages]
      .filter(([file, text]) => !files.has(file) || readFileSync(join(FOLDER, file), 'utf8') !== text)
      .map(([file]) => file),
    ...[...files].filter((file) => !pages.has(file)),
  ];
  for (const file of wrong)
    console.error(`docs/api/${file} is not what the declaration gives; run: npm run docs:api`);
  return wrong.length > 0 ? 1 : 0;
}

await runProgram(async () => {
  const api = await import(pathToFileURL(join(root, 'packages/api/dist/index.js')).href).catch(() => {
    throw new SetupError('packages/api is not built; run: npm run build');
  });
  const { bundledApi } = await import(pathToFileURL(join(root, 'packages/module/dist/loader/index.js')).href);
  const { modules } = await bundledApi().catch((error) => {
    throw new SetupError(`${error.message}; run: npm run build`);
  });
  const pages = new Reference(modules, api.errors).pages();
  if (process.argv.includes('--check')) process.exitCode = check(pages);
  else write(pages);
});
