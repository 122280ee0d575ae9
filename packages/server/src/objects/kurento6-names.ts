import type { ApiRegistry } from '@rivero/api';

interface OperationAlias {
  /** Class whose objects, and those of its heirs, had the operation. */
  of: string;
  operation: string;
  /** Name of the only parameter, then and now. */
  parameter?: readonly [then: string, now: string];
}

function property(of: string, then: string, now: string): [string, OperationAlias][] {
  const upper = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
  return [
    [`get${upper(then)}`, { of, operation: `get${upper(now)}` }],
    [`set${upper(then)}`, { of, operation: `set${upper(now)}`, parameter: [then, now] }],
  ];
}

/** Operations that Kurento 6 had and Kurento 7 has under other names. The misspelt ones are Kurento's. */
const operations: ReadonlyMap<string, OperationAlias> = new Map([
  ['getChilds', { of: 'MediaObject', operation: 'getChildren' }],
  [
    'setOutputBitrate',
    { of: 'MediaElement', operation: 'setEncoderBitrate', parameter: ['bitrate', 'encoderBitrate'] },
  ],
  ...property('MediaElement', 'minOutputBitrate', 'minEncoderBitrate'),
  ...property('MediaElement', 'minOuputBitrate', 'minEncoderBitrate'),
  ...property('MediaElement', 'maxOutputBitrate', 'maxEncoderBitrate'),
  ...property('MediaElement', 'maxOuputBitrate', 'maxEncoderBitrate'),
  ...property('WebRtcEndpoint', 'externalAddress', 'externalIPv4'),
]);

/** Events by their names in Kurento 6. */
const events: ReadonlyMap<string, string> = new Map([
  ['MediaFlowInStateChange', 'MediaFlowInStateChanged'],
  ['MediaFlowOutStateChange', 'MediaFlowOutStateChanged'],
  ['MediaTranscodingStateChange', 'MediaTranscodingStateChanged'],
  ['DataChannelOpen', 'DataChannelOpened'],
  ['OnDataChannelOpened', 'DataChannelOpened'],
  ['DataChannelClose', 'DataChannelClosed'],
  ['OnDataChannelClosed', 'DataChannelClosed'],
  ['OnIceCandidate', 'IceCandidateFound'],
  ['OnIceGatheringDone', 'IceGatheringDone'],
  ['IceComponentStateChange', 'IceComponentStateChanged'],
  ['OnIceComponentStateChanged', 'IceComponentStateChanged'],
]);

/**
 * Understands programs written for Kurento 6: the names that Kurento 7 took away mean what they meant. Off by default,
 * because Kurento 7 answers them with errors.
 */
export class Kurento6Names {
  readonly #api: ApiRegistry;
  readonly #byEvent = new Map<string, string[]>();

  constructor(
    api: ApiRegistry,
    readonly enabled: boolean,
  ) {
    this.#api = api;
    if (!enabled) return;
    for (const [then, now] of events) {
      const names = this.#byEvent.get(now);
      if (names === undefined) this.#byEvent.set(now, [then]);
      else names.push(then);
    }
  }

  /** The operation that is meant, with its parameters. */
  operation(className: string, name: string, params: unknown): [name: string, params: unknown] {
    const alias = this.enabled ? operations.get(name) : undefined;
    if (alias === undefined || !this.#api.isSubclass(className, alias.of)) return [name, params];
    if (alias.parameter === undefined || typeof params !== 'object' || params === null)
      return [alias.operation, params];
    const [then, now] = alias.parameter;
    const { [then]: value, ...rest } = params as Record<string, unknown>;
    return [alias.operation, value === undefined ? rest : { ...rest, [now]: value }];
  }

  /** The event that is meant. */
  event(name: string): string {
    return (this.enabled ? events.get(name) : undefined) ?? name;
  }

  /** Under which other names an event may be subscribed to. */
  namesOf(event: string): readonly string[] {
    return this.#byEvent.get(event) ?? [];
  }
}
