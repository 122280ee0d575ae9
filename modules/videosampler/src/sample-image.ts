/** What is delivered: the message SampleImage of Kurento's sampleImage.proto. */
export interface SampleImage {
  readonly codec: string;
  readonly data: Uint8Array;
  readonly timestamp: string;
  readonly pipelineId: string;
  readonly metadata: string;
  /** Those of the element, by key. */
  readonly tags: ReadonlyMap<string, string>;
}

/** Field numbers of SampleImage. */
const CODEC = 1;
const DATA = 2;
const TIMESTAMP = 3;
const PIPELINE_ID = 4;
const METADATA = 5;
const TAGS = 6;
/** And those of its Tag. */
const KEY = 1;
const VALUE = 2;

/** The bytes of the message (protocol buffers, proto3: what is empty is left out). */
export function encodeSampleImage(image: SampleImage): Uint8Array {
  const { codec, data, timestamp, pipelineId, metadata, tags } = image;
  return Buffer.concat([
    field(CODEC, Buffer.from(codec)),
    field(DATA, data),
    field(TIMESTAMP, Buffer.from(timestamp)),
    field(PIPELINE_ID, Buffer.from(pipelineId)),
    field(METADATA, Buffer.from(metadata)),
    ...[...tags].map(([key, value]) =>
      element(TAGS, Buffer.concat([field(KEY, Buffer.from(key)), field(VALUE, Buffer.from(value))])),
    ),
  ]);
}

/** A field, left out where it is empty. */
function field(number: number, bytes: Uint8Array): Uint8Array {
  return bytes.length === 0 ? bytes : element(number, bytes);
}

/** A field of wire type 2: tag, length, bytes. */
function element(number: number, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of((number << 3) | 2, ...varint(bytes.length)), bytes]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return bytes;
}

/** A time as C's ctime writes it, in the server's time zone: `Sun Nov 22 20:15:00 2026`. */
export function ctime(date: Date): string {
  const [weekday, month, day, year, time] = date.toString().split(' ') as [
    string,
    string,
    string,
    string,
    string,
  ];
  return `${weekday} ${month} ${`${Number(day)}`.padStart(2)} ${time} ${year}`;
}
