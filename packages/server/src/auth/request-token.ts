import type { IncomingHttpHeaders } from 'node:http';

/**
 * The token that a request carries: in the header `Authorization: Bearer …` (RFC 6750 section 2.1), or in the
 * query as `access_token` (section 2.3), which is where the official JavaScript client puts it and the only
 * place where a page can. The header counts when there are both.
 */
export function requestToken(url: string | undefined, headers: IncomingHttpHeaders): string | undefined {
  const bearer = /^Bearer +([^ ]+) *$/i.exec(headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return bearer;
  const query = url?.indexOf('?') ?? -1;
  if (url === undefined || query < 0) return undefined;
  return new URLSearchParams(url.slice(query)).get('access_token') || undefined;
}
