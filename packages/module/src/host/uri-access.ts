import { lookup } from 'node:dns/promises';
import { lstat, realpath } from 'node:fs/promises';
import { BlockList, isIP } from 'node:net';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** A URI that this server does not open for clients. Named and numbered as GStreamer's error for such resources. */
export class UriForbiddenError extends Error {
  override readonly name = 'UriForbiddenError';
  readonly type = 'RESOURCE_ERROR_NOT_AUTHORIZED';
  readonly code = 15;
}

/**
 * Addresses that no client may name unless they are listed: those of the link (RFC 3927, RFC 4291 section 2.5.6), where the
 * metadata services of clouds give out credentials.
 */
const LINK_LOCAL = new BlockList();
LINK_LOCAL.addSubnet('169.254.0.0', 16, 'ipv4');
LINK_LOCAL.addSubnet('fe80::', 10, 'ipv6');
LINK_LOCAL.addAddress('fd00:ec2::254', 'ipv6');

/** The settings `media.folders`, `media.uriSchemes` and `media.uriHosts` of the server. */
export interface UriAccessSettings {
  readonly folders: readonly string[];
  readonly uriSchemes: readonly string[];
  readonly uriHosts: readonly string[];
}
type Resolve = (host: string) => Promise<readonly string[]>;

/**
 * Which URIs players, recorders, filters and modules open: schemes, folders and hosts of the configuration. What is checked is where a path
 * leads after `..` and symbolic links, and every address of a name.
 */
export class UriAccess {
  readonly #schemes: ReadonlySet<string>;
  readonly #folders: readonly string[];
  readonly #names: readonly string[];
  readonly #addresses = new BlockList();
  readonly #anyHost: boolean;
  readonly #resolve: Resolve;

  constructor({ folders, uriSchemes, uriHosts }: UriAccessSettings, resolve: Resolve = resolveHost) {
    this.#schemes = new Set(uriSchemes.map((scheme) => scheme.toLowerCase()));
    this.#folders = folders;
    this.#anyHost = uriHosts.length === 0;
    this.#resolve = resolve;
    const names: string[] = [];
    for (const entry of uriHosts) {
      const [address = '', prefix] = entry.split('/', 2);
      const family = isIP(address);
      if (family === 0) names.push(entry.toLowerCase());
      else
        this.#addresses.addSubnet(
          address,
          Number(prefix ?? (family === 4 ? 32 : 128)),
          `ipv${family}` as 'ipv4',
        );
    }
    this.#names = names;
  }

  /**
   * Rejects with a UriForbiddenError where the URI may not be opened. Text that is no URI is left to whoever would open it,
   * and so is what does not exist.
   * @returns what to open in its place: for files the place where the path leads in the end, for others with a user and a password that
   *   everybody reads in one way
   */
  async check(uri: string): Promise<string> {
    const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(uri)?.[1]?.toLowerCase();
    if (scheme === undefined) return uri;
    if (!this.#schemes.has(scheme)) {
      throw new UriForbiddenError(`${uri}: '${scheme}:' is none of media.uriSchemes of this server`);
    }
    if (scheme === 'file') return this.#checkFile(uri);
    // A bucket is no host.
    if (scheme === 's3') return uri;
    const plain = withPlainUser(uri);
    await this.#checkHost(plain);
    return plain;
  }

  /** The same, where a plain path does as well. URLs of the web are checked and given as `fetch` reads them. */
  async checkPathOrUri(uri: string): Promise<string> {
    if (/^https?:/i.test(uri) && URL.canParse(uri)) return this.check(new URL(uri).href);
    return /^[a-z][a-z0-9+.-]*:/i.test(uri) ? this.check(uri) : this.#checkPath(resolve(uri));
  }

  /** Checks the host of a URL alone, of whatever scheme. Rejects with a UriForbiddenError. */
  checkHost(url: string): Promise<void> {
    return this.#checkHost(url);
  }

  async #checkFile(uri: string): Promise<string> {
    let path: string;
    try {
      path = fileURLToPath(uri);
    } catch {
      throw new UriForbiddenError(`${uri}: no path of this machine`);
    }
    return pathToFileURL(await this.#checkPath(path)).href;
  }

  async #checkPath(path: string): Promise<string> {
    const target = await whereItLeads(path);
    let nearest = '';
    let allowed = false;
    for (const entry of this.#folders) {
      const isClosed = entry.startsWith('!');
      const root = await whereItLeads(isClosed ? entry.slice(1) : entry);
      const folder = root.endsWith(sep) ? root : root + sep;
      if (!target.startsWith(folder) || folder.length < nearest.length) continue;
      // Of two entries for one folder the closing one holds: what is doubtful stays shut.
      allowed = folder === nearest ? allowed && !isClosed : !isClosed;
      nearest = folder;
    }
    if (allowed) return target;
    throw new UriForbiddenError(`${path} is in no folder that media.folders of this server opens`);
  }

  async #checkHost(uri: string): Promise<void> {
    const { authority } = authorityOf(uri);
    const host = authority
      .slice(authority.lastIndexOf('@') + 1)
      .replace(/:\d*$/, '')
      .replace(/^\[(.*)\]$/, '$1')
      .toLowerCase();
    // What libraries may read in different ways is read by none.
    if (!/^[\w.:-]*$/.test(host)) throw new UriForbiddenError(`${uri}: this host is not understood`);
    if (this.#names.some((name) => matches(name, host))) return;
    if (host === '' && this.#anyHost) return;
    // A name that is not found is nobody: whoever opens it says so.
    const addresses = await this.#resolve(host).catch(() => []);
    if (addresses.length === 0 && this.#anyHost) return;
    const allowed = (address: string): boolean => {
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
      if (this.#addresses.check(address, family)) return true;
      return this.#anyHost && !LINK_LOCAL.check(address, family);
    };
    if (addresses.length > 0 && addresses.every(allowed)) return;
    throw new UriForbiddenError(
      this.#anyHost
        ? `${uri}: addresses of the link are not opened unless media.uriHosts of this server lists them`
        : `${uri}: this host is none of media.uriHosts of this server`,
    );
  }
}

/** GStreamer's RTSP knows no fragments: there a `#` is part of the password, or of the host. */
function authorityOf(uri: string): { before: string; authority: string } {
  const before = /^[a-z][a-z0-9+.-]*:\/\//i.exec(uri)?.[0];
  if (before === undefined) return { before: '', authority: '' };
  const ends = before.toLowerCase().startsWith('rtsp') ? /[/?]/ : /[/?#]/;
  return { before, authority: uri.slice(before.length).split(ends, 1)[0]! };
}

/**
 * Percent-encodes what people write as it is in user names and passwords, `@` and `#` above all: where one library ends them at the first `@`
 * and another at the last, they would connect to different hosts.
 */
function withPlainUser(uri: string): string {
  const { before, authority } = authorityOf(uri);
  const end = authority.lastIndexOf('@');
  if (end < 0) return uri;
  const user = authority
    .slice(0, end)
    .replace(/%(?![0-9a-f]{2})|[^\w%!$&'()*+,;=:.~-]+/gi, (text) =>
      Buffer.from(text).toString('hex').toUpperCase().replace(/../g, '%$&'),
    );
  return before + user + uri.slice(before.length + end);
}

/** `*.example.com` matches what ends so. */
function matches(name: string, host: string): boolean {
  return name.startsWith('*.') ? host.endsWith(name.slice(1)) : name === host;
}

async function resolveHost(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => address);
}

/** A path without `..` and symbolic links; of what does not exist yet, the folder that does. */
async function whereItLeads(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const parent = dirname(path);
    // A link to what does not exist would be followed by whoever writes.
    const isLink = code === 'ENOENT' && (await lstat(path).catch(() => undefined)) !== undefined;
    if (code !== 'ENOENT' || isLink || parent === path)
      throw new UriForbiddenError(`${path}: it can not be found out where this leads`);
    return join(await whereItLeads(parent), basename(path));
  }
}
