/**
 * Parameters of an `a=fmtp` line in the order written. A bare value (`0-15` of telephone-event, `111/111` of red)
 * is a name with an empty value.
 */
export type FormatParameters = ReadonlyMap<string, string>;

export const NO_PARAMETERS: FormatParameters = new Map();

/** Reads the part after the payload type; the first of repeated names counts. */
export function parseFormatParameters(text: string): FormatParameters {
  const parameters = new Map<string, string>();
  for (const part of text.split(';')) {
    const trimmed = part.trim();
    if (trimmed === '') continue;
    const equals = trimmed.indexOf('=');
    const name = equals < 0 ? trimmed : trimmed.slice(0, equals).trim();
    if (name === '' || parameters.has(name)) continue;
    parameters.set(name, equals < 0 ? '' : trimmed.slice(equals + 1).trim());
  }
  return parameters;
}

export function formatParametersText(parameters: FormatParameters): string {
  return Array.from(parameters, ([name, value]) => (value === '' ? name : `${name}=${value}`)).join(';');
}

/** A value by its name, which has no case (RFC 4855 section 3). */
export function formatParameter(parameters: FormatParameters, name: string): string | undefined {
  const exact = parameters.get(name);
  if (exact !== undefined) return exact;
  for (const [candidate, value] of parameters) {
    if (candidate.toLowerCase() === name) return value;
  }
  return undefined;
}

/** A decimal value, or `fallback` when it is missing or no whole number. */
export function numericParameter(parameters: FormatParameters, name: string, fallback: number): number {
  const text = formatParameter(parameters, name);
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : fallback;
}
