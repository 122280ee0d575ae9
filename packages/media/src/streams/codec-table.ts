import type { HeaderExtension, NegotiatedCodec } from '@rivero/sdp';
import { ownCopy } from '../runtime/own-copy.js';
import { isTelephoneEvent } from './telephone-event.js';

/** Outcomes of negotiations that are kept to be shared; with more they are forgotten. */
const MAX_KNOWN = 256;

/** The codecs of an m-line, shared by all peers that negotiated the same: they take kilobytes. */
export class CodecTable {
  /** By payload type as the peer sends them. */
  readonly received: ReadonlyMap<number, NegotiatedCodec>;
  /** By payload type of their retransmissions, as the peer sends them. */
  readonly retransmissions: ReadonlyMap<number, NegotiatedCodec>;
  /** Events that come between the media, in its sequence and clock: they change no codec. */
  readonly accompanying: ReadonlyMap<number, NegotiatedCodec>;

  private constructor(readonly codecs: readonly NegotiatedCodec[]) {
    const [received, retransmissions, accompanying] = [0, 1, 2].map(() => new Map<number, NegotiatedCodec>());
    for (const codec of codecs) {
      received!.set(codec.receivePayloadType, codec);
      if (isTelephoneEvent(codec)) accompanying!.set(codec.receivePayloadType, codec);
      if (codec.receiveRtxPayloadType !== undefined) retransmissions!.set(codec.receiveRtxPayloadType, codec);
    }
    this.received = received!;
    this.retransmissions = retransmissions!;
    this.accompanying = accompanying!;
  }

  static readonly #known = new Map<string, CodecTable>();
  static readonly #byList = new WeakMap<readonly NegotiatedCodec[], CodecTable>();
  static readonly NONE = CodecTable.of([]);

  static of(codecs: readonly NegotiatedCodec[]): CodecTable {
    const same = CodecTable.#byList.get(codecs);
    if (same !== undefined) return same;
    const key = JSON.stringify(codecs, (_name, value: unknown) =>
      value instanceof Map ? [...value] : value,
    );
    let table = CodecTable.#known.get(key);
    if (table === undefined) {
      table = new CodecTable(codecs.map(ownCodec));
      if (CodecTable.#known.size === MAX_KNOWN) CodecTable.#known.clear();
      CodecTable.#known.set(key, table);
      CodecTable.#byList.set(table.codecs, table);
    }
    // The same list comes again where peers negotiated in the same words.
    if (Object.isFrozen(codecs)) CodecTable.#byList.set(codecs, table);
    return table;
  }
}

function ownCodec(codec: NegotiatedCodec): NegotiatedCodec {
  const fmtp = new Map(Array.from(codec.fmtp, ([name, value]) => [ownCopy(name), ownCopy(value)]));
  return { ...codec, name: ownCopy(codec.name), fmtp };
}

const knownExtensions = new Map<string, ReadonlyMap<string, number>>();

/** Ids of header extensions by URI, shared likewise. */
export function extensionTable(extensions: readonly HeaderExtension[]): ReadonlyMap<string, number> {
  const key = extensions.map(({ id, uri }) => `${id} ${uri}`).join('\n');
  let table = knownExtensions.get(key);
  if (table === undefined) {
    table = new Map(extensions.map(({ id, uri }) => [ownCopy(uri), id]));
    if (knownExtensions.size === MAX_KNOWN) knownExtensions.clear();
    knownExtensions.set(key, table);
  }
  return table;
}
