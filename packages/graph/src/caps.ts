/** Fields of the first structure of caps text, as GStreamer prints it: `video/x-vp8, width=(int)640, …`. */
export function capsFields(caps: string): { mediaType: string; fields: ReadonlyMap<string, string> } {
  const fields = new Map<string, string>();
  const parts = caps
    .split(';')[0]!
    .matchAll(/\s*([\w/+.-]+)(?:=(?:\([\w/:]+\))?("(?:[^"\\]|\\.)*"|<[^>]*>|\{[^}]*\}|[^,]*))?\s*(?:,|$)/g);
  let mediaType = '';
  for (const [, name, value] of parts) {
    if (value === undefined) mediaType ||= name!;
    else fields.set(name!, value.trim().replace(/^"(.*)"$/, '$1'));
  }
  return { mediaType, fields };
}
