// Most of this is checked by the compiler: the types derived from the declaration are what they should be.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type {
  ClassEvent,
  ConstructorInit,
  ConstructorParams,
  EnumValue,
  EventData,
  EventPayload,
  MethodInit,
  MethodParams,
  MethodResult,
  Properties,
  RegisterInit,
  RegisterValue,
  TaggedRegister,
  TypeValue,
  WritableProperties,
} from './index.js';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Does not compile when the types differ. */
function holds<_ extends true>(): void {}

describe('derived types', () => {
  it('of enums', () => {
    holds<Same<EnumValue<'MediaType'>, 'AUDIO' | 'DATA' | 'VIDEO'>>();
    holds<Same<TypeValue<'MediaElement[]'>, string[]>>();
    holds<Same<TypeValue<'String<>'>, Record<string, string>>>();
  });

  it('of registers', () => {
    holds<
      Same<RegisterValue<'IceCandidate'>, { candidate: string; sdpMid: string; sdpMLineIndex: number }>
    >();
    holds<
      Same<RegisterValue<'OfferOptions'>, { offerToReceiveAudio: boolean; offerToReceiveVideo: boolean }>
    >();
    holds<
      Same<RegisterInit<'OfferOptions'>, { offerToReceiveAudio?: boolean; offerToReceiveVideo?: boolean }>
    >();
    const candidate: RegisterValue<'VideoCaps'> = {
      codec: 'VP8',
      framerate: { numerator: 30, denominator: 1 },
    };
    assert.equal(candidate.framerate.numerator, 30);
    const stats: TaggedRegister<'ElementStats' | 'RTCPeerConnectionStats'> = {
      __type__: 'RTCPeerConnectionStats',
      id: 'x',
      type: 'session',
      timestampMillis: 0,
      dataChannelsOpened: 0,
      dataChannelsClosed: 0,
    };
    assert.equal(stats.type, 'session');
  });

  it('of events', () => {
    holds<Same<EventData<'IceCandidateFound'>, { candidate: RegisterValue<'IceCandidate'> }>>();
    holds<Same<keyof EventData<'Error'>, 'description' | 'errorCode' | 'type'>>();
    holds<Same<keyof EventPayload<'EndOfStream'>, 'source' | 'tags' | 'timestampMillis' | 'type'>>();
    const data: EventData<'MediaFlowInStateChanged'> = {
      state: 'FLOWING',
      padName: 'default',
      mediaType: 'AUDIO',
    };
    assert.equal(data.state, 'FLOWING');
    const name: ClassEvent<'WebRtcEndpoint'> = 'MediaStateChanged';
    assert.ok(name);
    // @ts-expect-error pipelines have no media
    const other: ClassEvent<'MediaPipeline'> = 'MediaStateChanged';
    assert.ok(other);
  });

  it('of constructors and methods', () => {
    holds<
      Same<
        ConstructorParams<'Composite'>,
        { mediaPipeline: string; width: number; height: number; framerate: number }
      >
    >();
    const init: ConstructorInit<'WebRtcEndpoint'> = { mediaPipeline: 'p' };
    assert.ok(init);
    holds<Same<MethodParams<'WebRtcEndpoint', 'isMediaFlowingIn'>['sinkMediaDescription'], string>>();
    const connect: MethodInit<'WebRtcEndpoint', 'connect'> = { sink: 'x' };
    assert.ok(connect);
    holds<Same<MethodResult<'WebRtcEndpoint', 'processOffer'>, string>>();
    holds<Same<MethodResult<'WebRtcEndpoint', 'connect'>, undefined>>();
    holds<Same<MethodResult<'HubPort', 'getTags'>, { key: string; value: string }[]>>();
  });

  it('of properties', () => {
    holds<Same<Properties<'WebRtcEndpoint'>['connectionState'], 'DISCONNECTED' | 'CONNECTED'>>();
    holds<Same<keyof WritableProperties<'PassThrough'> & 'latencyStats', never>>();
    holds<Same<keyof WritableProperties<'Hub'>, 'name' | 'sendTagsInEvents'>>();
  });
});
