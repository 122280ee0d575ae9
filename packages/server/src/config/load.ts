import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { parseLenient } from '../rpc/json.js';
import type { Setting } from './setting.js';
import { type Configuration, environmentName, settingNames, settings } from './settings.js';

/** The configuration cannot be used. The message has a line for each problem and names the setting. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

export type CommandLine =
  | { action: 'help' | 'version' }
  | { action: 'run' | 'print-config'; configuration: Configuration; warnings: string[] };

/** Variables of the same prefix that mean something else: the set-up and the tests use them. */
const OTHER_VARIABLES = new Set(['RIVERO_CONFIG', 'RIVERO_SKIP_APT', 'RIVERO_CHROMIUM', 'RIVERO_FIREFOX']);

interface Candidate {
  value: unknown;
  /** Where it comes from, for messages. */
  source: string;
}

/**
 * Puts the configuration together from the defaults, the file (`--config` or `RIVERO_CONFIG`, JSON with
 * comments), the environment and the command line; each overrules what comes before it.
 */
export function loadConfiguration(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): CommandLine {
  const options = readArguments(args);
  if (options.help) return { action: 'help' };
  if (options.version) return { action: 'version' };

  const problems = [...options.problems];
  const warnings: string[] = [];
  const candidates = new Map<string, Candidate>();
  const file = options.config ?? environment.RIVERO_CONFIG;
  if (file !== undefined && file !== '') readFile(file, candidates, problems);
  readEnvironment(environment, candidates, warnings);
  for (const [name, value] of options.values) {
    candidates.set(name, { value: settingOf(name).kind.read(value), source: `--${name}` });
  }

  const configuration = validate(candidates, problems);
  const { cert, key } = configuration.tls;
  if ((cert === '') !== (key === '')) problems.push('tls.cert and tls.key: set both or neither');
  const { sessions, auth, media } = configuration;
  // The next port is for RTCP.
  if (media.rtpPortMin + (media.rtpPortMin % 2) >= media.rtpPortMax) {
    const range = `${media.rtpPortMin} to ${media.rtpPortMax}`;
    problems.push(`media.rtpPortMin and media.rtpPortMax: ${range} has no even port and the next one`);
  }
  const noToken =
    auth.tokens.length === 0 && [auth.tokensFile, auth.jwtSecret, auth.jwtKeys].every((v) => v === '');
  if (sessions.isolation === 'subject' && noToken) {
    problems.push('sessions.isolation: subject needs tokens (auth.*), whose subjects tell clients apart');
  }
  if (problems.length > 0) throw new ConfigurationError(problems.join('\n'));
  return {
    action: options.printConfig ? 'print-config' : 'run',
    configuration,
    warnings,
  };
}

/** The configuration with nothing but defaults. */
export function defaultConfiguration(): Configuration {
  return validate(new Map(), []);
}

/** The configuration as `--print-config` shows it: secrets that are set are left out. */
export function printable(configuration: Configuration): Record<string, unknown> {
  const copy = structuredClone(configuration) as unknown as Record<string, unknown>;
  for (const name of settingNames) {
    if (settingOf(name).secret !== true) continue;
    const [group = '', leaf = ''] = name.split('.');
    const members = copy[group] as Record<string, unknown>;
    if ((members[leaf] as { length: number }).length > 0) members[leaf] = '(set)';
  }
  return copy;
}

function settingOf(name: string): Setting<unknown> {
  return settings[name as keyof typeof settings] as Setting<unknown>;
}

function isSetting(name: string): boolean {
  return Object.hasOwn(settings, name);
}

function readArguments(args: readonly string[]) {
  const result = {
    help: false,
    version: false,
    printConfig: false,
    config: undefined as string | undefined,
    values: new Map<string, string>(),
    problems: [] as string[],
  };
  for (let i = 0; i < args.length; i++) {
    const argument = args[i]!;
    if (argument === '--help' || argument === '-h') result.help = true;
    else if (argument === '--version' || argument === '-v') result.version = true;
    else if (argument === '--print-config') result.printConfig = true;
    else {
      const match = /^--([^=]+)(?:=(.*))?$/s.exec(argument);
      const name = match?.[1] ?? '';
      if (name !== 'config' && !isSetting(name)) {
        result.problems.push(`${argument}: no such option (--help lists them)`);
        // Its value is no option of its own.
        if (match !== null && match[2] === undefined && !args[i + 1]?.startsWith('-')) i++;
        continue;
      }
      const value = match?.[2] ?? args[++i];
      if (value === undefined) result.problems.push(`--${name}: a value is missing`);
      else if (name === 'config') result.config = value;
      else result.values.set(name, value);
    }
  }
  return result;
}

function readFile(file: string, candidates: Map<string, Candidate>, problems: string[]): void {
  let content: unknown;
  try {
    content = parseLenient(readFileSync(file, 'utf8'));
  } catch (error) {
    problems.push(`${file}: ${error instanceof Error ? error.message : String(error)}`);
    return;
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    problems.push(`${file}: should hold a JSON object`);
    return;
  }
  flatten('', content as Record<string, unknown>);

  function flatten(prefix: string, members: Record<string, unknown>): void {
    for (const [key, value] of Object.entries(members)) {
      const name = prefix + key;
      if (isSetting(name)) {
        candidates.set(name, { value, source: file });
      } else if (
        typeof value === 'object' &&
        value !== null &&
        settingNames.some((known) => known.startsWith(`${name}.`))
      ) {
        flatten(`${name}.`, value as Record<string, unknown>);
      } else {
        problems.push(`${name}: no such setting (${file})`);
      }
    }
  }
}

function readEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  candidates: Map<string, Candidate>,
  warnings: string[],
): void {
  const known = new Map<string, string>(settingNames.map((name) => [environmentName(name), name]));
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith('RIVERO_') || OTHER_VARIABLES.has(variable) || value === undefined) continue;
    const name = known.get(variable);
    if (name === undefined) warnings.push(`${variable} in the environment is no setting and has no effect`);
    else candidates.set(name, { value: settingOf(name).kind.read(value), source: variable });
  }
}

function validate(candidates: ReadonlyMap<string, Candidate>, problems: string[]): Configuration {
  const configuration: Record<string, unknown> = {};
  for (const name of settingNames) {
    const { kind, default: fallback } = settingOf(name);
    const candidate = candidates.get(name);
    let value = fallback;
    if (candidate !== undefined) {
      const checked = kind.schema.safeParse(candidate.value);
      if (checked.success) {
        value = checked.data;
      } else {
        const reasons = checked.error.issues.map((issue: z.core.$ZodIssue) => issue.message).join('; ');
        problems.push(`${name}: ${reasons} (${kind.label}; ${candidate.source})`);
      }
    }
    assign(configuration, name, value);
  }
  // Built from the same table as the type.
  return configuration as unknown as Configuration;
}

function assign(target: Record<string, unknown>, name: string, value: unknown): void {
  const dot = name.indexOf('.');
  if (dot < 0) {
    target[name] = value;
    return;
  }
  const group = name.slice(0, dot);
  target[group] ??= {};
  assign(target[group] as Record<string, unknown>, name.slice(dot + 1), value);
}
