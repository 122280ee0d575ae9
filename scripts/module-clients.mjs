/**
 * `npm run module-clients`: Kurento's own generator (kurento-maven-plugin) makes Java clients of the descriptors that `getKmd` gives of the
 * modules which come with Rivero, and they are compiled against Kurento's client. Skipped where Maven can't get what it needs. Arguments
 * are folders of other modules.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runMaven } from './maven.mjs';
import { root, runProgram, SetupError, setUp } from './setup.mjs';

export async function checkModuleClients(...folders) {
  const project = join(root, 'tests', 'java-modules');
  const target = join(project, 'target');
  const { api } = await import('@rivero/api');
  const { loadModules } = await import('@rivero/module/loader');
  const paths = readdirSync(join(root, 'modules'))
    .map((name) => join(root, 'modules', name))
    .filter((path) => existsSync(join(path, 'package.json')));
  const set = await loadModules([...paths, ...folders.map((folder) => resolve(folder))], { api, base: root });
  if (set.failures.length > 0) throw new SetupError(set.failures.map(({ message }) => message).join('\n'));
  rmSync(target, { recursive: true, force: true });
  let lacking = 0;
  for (const { definition } of set.modules) {
    const { name } = definition.declaration;
    mkdirSync(join(target, name, 'kmd'), { recursive: true });
    writeFileSync(join(target, name, 'kmd', `${name}.kmd.json`), JSON.stringify(set.api.kmd(name)));
    const result = runMaven(project, 'compile', `-Dmodule=${name}`);
    if (result?.skipped !== undefined) {
      console.log(`\nJava clients of modules: skipped, ${result.skipped}`);
      return 0;
    }
    if (result !== undefined) {
      console.error(`${name}:\n${result.failed}`);
      return 1;
    }
    const lacks = missing(join(target, name), definition.declaration);
    console.log(lacks.length === 0 ? `made   ${name}` : `LACKS  ${name}: ${lacks.join(', ')}`);
    lacking += lacks.length;
  }
  return lacking === 0 ? 0 : 1;
}

/** What a module declares and the compiled client does not have. */
function missing(target, { classes, complexTypes, events }) {
  const compiled = filesIn(join(target, 'classes'));
  const types = [
    ...[...classes, ...complexTypes].map(({ name }) => name),
    ...events.map(({ name }) => `${name}Event`),
  ].filter((type) => !compiled.some((path) => path.endsWith(`/${type}.class`)));
  const sources = filesIn(join(target, 'generated-sources'));
  const methods = classes.flatMap(({ name, methods: all = [] }) => {
    const path = sources.find((each) => each.endsWith(`/${name}.java`));
    const text = path === undefined ? '' : readFileSync(path, 'utf8');
    return all.filter((method) => !text.includes(` ${method.name}(`)).map((each) => `${name}.${each.name}`);
  });
  return [...types, ...methods];
}

const filesIn = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true }).map((path) => join(folder, String(path)))
    : [];

if (process.argv[1] === import.meta.filename) {
  await runProgram(async () => {
    await setUp('build');
    process.exitCode = await checkModuleClients(...process.argv.slice(2));
  });
}
