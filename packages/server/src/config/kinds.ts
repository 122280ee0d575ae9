import { accessSync, constants, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { z } from 'zod';

/** A kind of setting: what values it takes and how the text of an environment variable becomes one. */
export interface Kind<T> {
  /** For the help text. */
  readonly label: string;
  readonly schema: z.ZodType<T>;
  /** Turns text into a candidate for `schema`; text that makes no sense is given on as it is. */
  read(text: string): unknown;
}

export function integer(min: number, max: number): Kind<number> {
  return {
    label: `integer ${min}…${max}`,
    schema: z.int().min(min).max(max),
    read: (text) => (/^[+-]?\d+$/.test(text.trim()) ? Number(text) : text),
  };
}

export function text(): Kind<string> {
  return { label: 'text', schema: z.string(), read: (value) => value };
}

/** Text that may be empty, and else must pass a check; `must` is what the message says after 'must be'. */
function textThat(label: string, must: string, check: (text: string) => boolean): Kind<string> {
  return {
    label,
    schema: z.string().refine((value) => value === '' || check(value), `must be ${must}`),
    read: (value) => value,
  };
}

export function address(family: 4 | 6): Kind<string> {
  const name = `IPv${family} address`;
  return textThat(name, `an ${name}`, (value) => isIP(value) === family);
}

/** The name or address of a host. */
export function host(): Kind<string> {
  return textThat(
    'host',
    'the name or address of a host',
    (value) => !/[\s/*]/.test(value) && isHostOrNetwork(value),
  );
}

export function httpUrl(): Kind<string> {
  return textThat('URL', 'a URL that begins with http:// or https://', (value) => {
    return /^https?:\/\//i.test(value) && URL.canParse(value);
  });
}

/** The shape only; the media plane reads it. */
export function turnUrl(): Kind<string> {
  const shape = /^(turns?:)?(\S*:\S*@)?(\[[\da-f:.]+\]|[^\s:@?]+)(:\d+)?(\?\S+)?$/i;
  return textThat('TURN URL', 'user:password@address:port?transport=udp', (value) => shape.test(value));
}

/** A file that can be read now. */
export function readableFile(): Kind<string> {
  return textThat('file', 'a file that can be read', (value) => {
    try {
      accessSync(value, constants.R_OK);
      return statSync(value).isFile();
    } catch {
      return false;
    }
  });
}

export function path(): Kind<string> {
  return {
    label: 'path starting with /',
    schema: z.string().regex(/^\/[^?#]*$/, 'must start with / and have no query'),
    read: (value) => value,
  };
}

export function flag(): Kind<boolean> {
  const words: Record<string, boolean> = {
    true: true,
    false: false,
    yes: true,
    no: false,
    1: true,
    0: false,
  };
  return {
    label: 'true or false',
    schema: z.boolean(),
    read: (value) => words[value.trim().toLowerCase()] ?? value,
  };
}

export function choice<const T extends string>(
  values: readonly [T, ...T[]],
  label = values.join(' | '),
): Kind<T> {
  return {
    label,
    schema: z.enum(values) as unknown as z.ZodType<T>,
    read: (value) => value,
  };
}

/** A list of words from a choice, not empty. */
export function choices<const T extends string>(values: readonly T[]): Kind<T[]> {
  return {
    label: 'list of names, with commas',
    schema: z.array(z.enum(values as readonly [T, ...T[]])).min(1) as unknown as z.ZodType<T[]>,
    read: (value) => list().read(value),
  };
}

/** A list: in a file an array, in the environment and on the command line texts with commas between. */
export function list(): Kind<string[]> {
  return {
    label: 'list of texts, with commas',
    schema: z.array(z.string()),
    read: (value) =>
      value
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== ''),
  };
}

/** A list of which each entry has this shape; `must` is what the message says after 'must be'. */
function listOf(label: string, must: string, shape: RegExp): Kind<string[]> {
  return {
    label: `list of ${label}, with commas`,
    schema: z.array(z.string().regex(shape, `must be ${must}`)),
    read: (value) => list().read(value),
  };
}

/** Schemes of URIs (RFC 3986 section 3.1). */
export function schemes(): Kind<string[]> {
  return listOf('schemes', 'schemes without colon, such as https', /^[a-z][a-z0-9+.-]*$/i);
}

/** Web origins (RFC 6454 section 6.2), or * for all. */
export function origins(): Kind<string[]> {
  return listOf(
    'origins',
    'origins such as https://app.example.com, or *',
    /^(\*|null|[a-z][a-z0-9+.-]*:\/\/[^\s/?#]+\/?)$/i,
  );
}

/** Names of hosts, where `*.` stands for any beginning, addresses, and networks as ADDRESS/BITS. */
export function hosts(): Kind<string[]> {
  return {
    label: 'list of hosts and networks, with commas',
    schema: z.array(z.string().refine(isHostOrNetwork, 'must be a name, *.NAME, an address or ADDRESS/BITS')),
    read: (value) => list().read(value),
  };
}

function isHostOrNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0) return bits === undefined && /^(\*\.)?[a-z0-9]([\w.-]*[a-z0-9])?$/i.test(text);
  const most = family === 4 ? 32 : 128;
  return more.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most));
}
