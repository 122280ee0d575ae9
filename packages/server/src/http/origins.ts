import { isIP } from 'node:net';

/**
 * Whether a page of this origin may open a connection. A browser lets any page on the web connect to any server
 * that it can reach, so the server must ask where the page comes from; it sends the origin with the request and
 * scripts cannot change it. Allowed are: clients that send none (no browsers), pages of this machine, pages that
 * this server itself sent when it was called by an IP address (a name could be anybody's that points here), and
 * what is configured; `*` allows all.
 */
export function originAllowed(
  origin: string | undefined,
  host: string | undefined,
  configured: readonly string[],
): boolean {
  if (origin === undefined || configured.includes('*')) return true;
  if (configured.some((allowed) => allowed.toLowerCase().replace(/\/$/, '') === origin.toLowerCase()))
    return true;
  let url: URL;
  try {
    url = new URL(origin);
  } catch {
    // "null": a sandboxed frame or a local file.
    return false;
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return false;
  const name = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === '::1' ||
    /^127(\.\d{1,3}){3}$/.test(name)
  ) {
    return true;
  }
  return isIP(name) !== 0 && host !== undefined && host.toLowerCase() === url.host;
}
