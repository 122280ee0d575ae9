import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type LinkProfile, NetworkLink } from '@rivero/network-emulator';
import { Scheduler } from '../runtime/scheduler.js';
import type { AudioLevelListener, ReceiveTrack } from '../streams/receive-track.js';
import { LastN } from './last-n.js';
import type { MediaObject } from './media-object.js';
import { type SourceLevel, SpeakerObserver } from './speaker-observer.js';

const PACKET_MS = 20;
/** Longer than what a burst takes away. */
const LEVELS_MS = 1000;
const VOICE = 0x80;
const SILENT = 127;
const NOISE = 75;
const LOUD = 30;
/** The silence of somebody who speaks: between words. */
const PAUSE_MS = 540;

/** Every tenth packet is lost, others come late by up to three packets. */
const LOSSY: LinkProfile = {
  delay: 40,
  loss: 0.1,
  reordering: { probability: 0.1, delay: 60 },
  duplication: 0.02,
};
/** The same share of losses, seven in a row on average. */
const BURSTS: LinkProfile = { delay: 40, burst: { begin: 0.016, end: 0.14 }, jitter: 40 };

interface LevelPacket {
  sequence: number;
  level: number;
}

/** What there is of a track here: levels of the newest packets go to whoever listens, video can be paused. */
class Participant implements Pick<ReceiveTrack, 'audioLevels' | 'receiving' | 'paused' | 'setPaused'> {
  audioLevels: AudioLevelListener | undefined;
  readonly receiving = true;
  paused = false;
  speaking = false;
  readonly #link: NetworkLink<LevelPacket>;
  #sequence = 0;
  #highest = -1;

  constructor(
    readonly name: string,
    profile: LinkProfile,
    seed: number,
  ) {
    this.#link = new NetworkLink(profile, seed);
  }

  setPaused(paused: boolean): boolean {
    const changed = this.paused !== paused;
    this.paused = paused;
    return changed;
  }

  get endpoint(): MediaObject {
    return this as unknown as MediaObject;
  }

  get track(): ReceiveTrack {
    return this as unknown as ReceiveTrack;
  }

  /** @param silence what is heard of somebody who does not speak */
  send(now: number, silence: number): void {
    const level = this.speaking ? (now % PAUSE_MS < 440 ? LOUD | VOICE : NOISE) : silence;
    this.#link.send(now, { sequence: this.#sequence++, level }, 100);
  }

  receive(now: number): void {
    for (let packet = this.#link.receive(now); packet !== undefined; packet = this.#link.receive(now)) {
      if (packet.sequence <= this.#highest) continue;
      this.#highest = packet.sequence;
      this.audioLevels?.onAudioLevel(packet.level, now);
    }
  }
}

/** A conference of three whose packets all cross bad networks; all that happens follows from the seed. */
class Conference {
  readonly participants: readonly Participant[];
  readonly dominant: string[] = [];
  readonly levels: { now: number; levels: SourceLevel[] }[] = [];
  readonly forwarded: string[][] = [];
  silences = 0;
  now = 0;
  readonly #observer: SpeakerObserver;

  constructor(profile: LinkProfile, seed: number) {
    const scheduler = new Scheduler(() => this.now);
    const names = (endpoints: readonly MediaObject[]) =>
      endpoints.map((endpoint) => (endpoint as unknown as Participant).name);
    const lastN = new LastN({ lastNChanged: (forwarded) => this.forwarded.push(names(forwarded)) });
    this.#observer = new SpeakerObserver(scheduler, {
      dominantSpeakerChanged: (endpoint) => {
        this.dominant.push(...names([endpoint]));
        lastN.onDominant(endpoint);
      },
      audioLevels: (levels) => this.levels.push({ now: this.now, levels }),
      audioSilence: () => this.silences++,
    });
    this.participants = ['a', 'b', 'c'].map((name, i) => new Participant(name, profile, seed * 3 + i));
    for (const participant of this.participants) {
      this.#observer.add(participant.endpoint, participant.track);
      lastN.add(participant.endpoint, participant.track);
    }
    this.#observer.observe({ dominant: true, intervalMs: LEVELS_MS, threshold: -70 });
    lastN.limit = 1;
  }

  /** @param speaker the one who speaks, if anybody does @param silence level of the others, who send packets all the time */
  run(ms: number, speaker: string | undefined, silence = SILENT): void {
    for (const each of this.participants) each.speaking = each.name === speaker;
    for (const end = this.now + ms; this.now < end; ) {
      this.now += PACKET_MS;
      for (const each of this.participants) {
        each.send(this.now, silence);
        each.receive(this.now);
      }
      this.#observer.onTime(this.now);
    }
  }

  /** Before timers of real time could run. */
  close(): void {
    this.#observer.close();
  }
}

/** The same for a number of networks that lose other packets each time. */
function onNetworks(run: (conference: Conference, what: string) => void): void {
  for (const [kind, profile] of Object.entries({ LOSSY, BURSTS })) {
    for (let seed = 1; seed <= 50; seed++) {
      const conference = new Conference(profile, seed);
      try {
        run(conference, `${kind} ${seed}`);
      } finally {
        conference.close();
      }
    }
  }
}

describe('speakers behind networks that lose and reorder packets', () => {
  test('each one who speaks is found within 1.8 s, nobody else is, and video follows', () => {
    onNetworks((conference, what) => {
      conference.run(2000, undefined, NOISE);
      assert.deepEqual(conference.dominant, [], what);
      const turns = ['a', 'b', 'c', 'a'];
      for (const [index, name] of turns.entries()) {
        conference.run(1800, name, NOISE);
        assert.equal(conference.dominant.at(-1), name, what);
        conference.run(20_000, name, NOISE);
        assert.deepEqual(conference.dominant, turns.slice(0, index + 1), what);
        assert.deepEqual(
          conference.participants.filter(({ paused }) => !paused).map((each) => each.name),
          [name],
          what,
        );
      }
      assert.deepEqual(conference.forwarded, [['a'], ['b'], ['c'], ['a']], what);
    });
  });

  test('levels tell the speaker in every interval and nobody else; silence is told once', () => {
    onNetworks((conference, what) => {
      conference.run(1000, 'b');
      conference.levels.length = 0;
      const begin = conference.now;
      conference.run(20_000, 'b');
      assert.equal(conference.levels.length, 20_000 / LEVELS_MS, what);
      for (const { now, levels } of conference.levels) {
        assert.ok(now > begin);
        assert.deepEqual([levels.length, levels[0]!.peak, levels[0]!.voice], [1, -LOUD, true], what);
        // What was lost takes no part in the mean; after a burst little is left to take it of.
        assert.ok(levels[0]!.level <= -LOUD && levels[0]!.level >= -LOUD - 6, `${what}: ${levels[0]!.level}`);
      }
      assert.equal(conference.silences, 0, what);
      conference.run(10_000, undefined);
      assert.equal(conference.silences, 1, what);
    });
  });
});
