/** A request or response (RFC 3261 section 7), as far as a bridge needs to understand it. */
export interface SipMessage {
  /** `INVITE sip:… SIP/2.0` or `SIP/2.0 200 OK`. */
  start: string;
  /** In their order; names in lower case, the short forms written out. */
  headers: readonly (readonly [name: string, value: string])[];
  body: string;
}

const CRLF = '\r\n';
const SHORT_NAMES: Readonly<Record<string, string>> = {
  c: 'content-type',
  f: 'from',
  i: 'call-id',
  l: 'content-length',
  m: 'contact',
  t: 'to',
  v: 'via',
};

/** @returns undefined for what is no SIP message, keep-alives among it */
export function parseSip(text: string): SipMessage | undefined {
  const end = text.indexOf(CRLF + CRLF);
  if (end < 0) return undefined;
  // A line that begins with a space goes on with the one before (section 7.3.1).
  const [start = '', ...lines] = text
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split(CRLF);
  if (!/^([A-Z]+ \S+ SIP\/2\.0|SIP\/2\.0 [1-6]\d\d( .*)?)$/.test(start)) return undefined;
  const headers: [string, string][] = [];
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 1) return undefined;
    const name = line.slice(0, colon).trim().toLowerCase();
    headers.push([SHORT_NAMES[name] ?? name, line.slice(colon + 1).trim()]);
  }
  return { start, headers, body: text.slice(end + 4) };
}

export function formatSip(start: string, headers: readonly (readonly [string, string])[], body = ''): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  return [start, ...lines, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join(CRLF);
}

/** The first header of a name; empty when there is none. */
export function header(message: SipMessage, name: string): string {
  return message.headers.find(([known]) => known === name)?.[1] ?? '';
}

export function allOf(message: SipMessage, name: string): string[] {
  return message.headers.filter(([known]) => known === name).map(([, value]) => value);
}

/** The address in a `From`, `To` or `Contact`. */
export function addressIn(value: string): string {
  return /<([^>]*)>/.exec(value)?.[1] ?? value.replace(/;.*/, '').trim();
}
