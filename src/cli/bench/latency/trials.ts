/** One fader move after the other: packet out, first changed sample found. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createOscClient, monotonicMs, type OscClient } from '../../../osc/index.js';
import type { PlayOptions } from '../../../process/play-options.js';
import type { EngineUnderTest } from './engine-under-test.js';
import { firstDifference, firstLevelChange, firstSoundChange } from './first-change.js';
import { restTemperature, stillDb } from './scenario.js';

export interface Trials {
  /** From just before the packet is sent to the time at which its first changed sample is heard. Milliseconds. */
  readonly heardMs: number[];
  /** The same to the moment at which the sink has that sample in its hands. */
  readonly givenMs: number[];
  /** Trials that tell nothing: the sound before the packet was not as expected, or did not change in time. */
  discarded: number;
}

/** Where in the channels, from one index to another, a change is first heard. */
type FindChange = (channels: readonly Float32Array[], from: number, to: number) => number | undefined;

interface OscNumber {
  readonly type: 'f' | 'i';
  readonly value: number;
}

/** Sound before the packet that is looked at. */
const contextMs = 10;
/** Of the sound without a change: longer than any trial. */
export const expectedSeconds = 2;
/** A move ends 20 ms after it is first heard; then the next one may come. */
const leastPauseMs = 45;
const mostPauseMs = 75;
const levelsDb = { from: stillDb - 6, to: stillDb + 6, leastStep: 1 } as const;
/** From the reset to the packet, look-ahead not counted: the old sound has faded then. */
const settleMs = 45;
/** How long a change of the model's own params is waited for, look-ahead not counted. */
const patienceMs = 40;
/** At 0 the model takes the most probable level: mostly another one than was drawn. */
const movedTemperature = 0;
/** A key that both models hear, so that neither is silent, and one that is struck. */
const stillPitch = 48;
const movedPitch = 67;

export async function levelTrials(engine: EngineUnderTest, count: number): Promise<Trials> {
  const trials: Trials = { heardMs: [], givenMs: [], discarded: 0 };
  const client = await createOscClient({ port: engine.oscPort });
  let levelDb: number = stillDb;
  try {
    for (let n = 0; n < count; n++) {
      engine.history.drain();
      levelDb = nextLevel(levelDb);
      const sentMs = await send(client, {
        address: '/node/level/gainDb',
        args: [{ type: 'f', value: levelDb }],
      });
      await pause(leastPauseMs, mostPauseMs);
      take(engine, trials, sentMs, ([moved, still], from, to) =>
        firstLevelChange({ moved: moved!, still: still! }, from, to),
      );
    }
  } finally {
    await client.close();
  }
  return trials;
}

/** The model makes the same sound anew for each trial. `expected` is the right channel of it when nobody touches it. */
export function temperatureTrials(
  engine: EngineUnderTest,
  count: number,
  play: PlayOptions,
  expected: Float32Array,
): Promise<Trials> {
  const trial: ModelTrial = {
    rest: { address: '/node/model/temperature', args: [{ type: 'f', value: restTemperature }] },
    reset: { address: '/node/model/reset', args: [] },
    move: { address: '/node/model/temperature', args: [{ type: 'f', value: movedTemperature }] },
  };
  return modelTrials(engine, count, play, trial, ([, still], from, to) =>
    firstSoundChange(still!, expected, from, to),
  );
}

/** Both models make the same sound anew for each trial, until one of them takes the most probable level only. */
export function topKTrials(engine: EngineUnderTest, count: number, play: PlayOptions): Promise<Trials> {
  const greedy: readonly OscNumber[] = [{ type: 'i', value: 1 }];
  const trial: ModelTrial = {
    // One message to both, so that they begin in the same tick; and both have gone back just before, since a stream
    // that has not fills a longer ring before it is heard.
    prepare: { address: '/node/twin/topK', args: greedy },
    rest: { address: '/node/{model,twin}/topK', args: [{ type: 'i', value: 0 }] },
    reset: { address: '/node/{model,twin}/reset', args: [{ type: 'i', value: play.seed & 0x7fffffff }] },
    move: { address: '/node/model/topK', args: greedy },
  };
  return modelTrials(engine, count, play, trial, ([moved, still], from, to) =>
    firstDifference({ moved: moved!, still: still! }, from, to),
  );
}

/** Both models hear the same keys, struck at the same time, until one of them hears a key struck again. */
export function noteTrials(engine: EngineUnderTest, count: number, play: PlayOptions): Promise<Trials> {
  const note = (keyboard: string, pitch: number): Packet => ({
    address: `/node/${keyboard}/note`,
    args: [
      { type: 'i', value: pitch },
      { type: 'i', value: 100 },
    ],
  });
  const trial: ModelTrial = {
    prepare: note('{hands,others}', movedPitch),
    rest: note('{hands,others}', stillPitch),
    reset: { address: '/node/{model,twin}/reset', args: [{ type: 'i', value: play.seed & 0x7fffffff }] },
    move: note('hands', movedPitch),
  };
  return modelTrials(engine, count, play, trial, ([moved, still], from, to) =>
    firstDifference({ moved: moved!, still: still! }, from, to),
  );
}

interface Packet {
  readonly address: string;
  readonly args: readonly OscNumber[];
}

/** What a trial sends: the move itself is last, and what is timed. */
interface ModelTrial {
  readonly prepare?: Packet;
  readonly rest: Packet;
  readonly reset: Packet;
  readonly move: Packet;
}

async function modelTrials(
  engine: EngineUnderTest,
  count: number,
  { lookAheadMs }: PlayOptions,
  { prepare, rest, reset, move }: ModelTrial,
  find: FindChange,
): Promise<Trials> {
  const trials: Trials = { heardMs: [], givenMs: [], discarded: 0 };
  const client = await createOscClient({ port: engine.oscPort });
  try {
    for (let n = 0; n < count; n++) {
      if (prepare !== undefined) {
        await send(client, prepare);
        await pause(10, 15);
      }
      await send(client, rest);
      // The model's thread has the value before it starts anew.
      await pause(20, 30);
      await send(client, reset);
      await pause(settleMs + lookAheadMs, settleMs + lookAheadMs + 20);
      engine.history.drain();
      const sentMs = await send(client, move);
      await pause(patienceMs + lookAheadMs, patienceMs + lookAheadMs + 1);
      take(engine, trials, sentMs, find);
    }
  } finally {
    await client.close();
  }
  return trials;
}

/** Looks at the sound around `sentMs`, and at all that has come since. */
function take({ history, status }: EngineUnderTest, trials: Trials, sentMs: number, find: FindChange): void {
  history.drain();
  const from = history.firstFrameAfter(sentMs);
  const { sampleRate } = status();
  if (from === undefined) {
    trials.discarded++;
    return;
  }
  const { firstFrame, channels } = history.stretch(from, Math.round((contextMs * sampleRate) / 1000));
  const found = find(channels, from - firstFrame, channels[0]!.length);
  if (found === undefined) {
    trials.discarded++;
    return;
  }
  const frame = firstFrame + found;
  const givenMs = history.givenMs(frame);
  trials.givenMs.push(givenMs - sentMs);
  trials.heardMs.push(Math.max(givenMs, history.dueMs(frame)) - sentMs);
}

/** Resolves to the time just before the packet went out. */
async function send(client: OscClient, { address, args }: Packet): Promise<number> {
  const sentMs = monotonicMs();
  await client.send(address, args);
  return sentMs;
}

function nextLevel(levelDb: number): number {
  for (;;) {
    const next = levelsDb.from + Math.random() * (levelsDb.to - levelsDb.from);
    if (Math.abs(next - levelDb) >= levelsDb.leastStep) return next;
  }
}

/** The rest below a millisecond is spun, so that packets meet the clock at every phase. */
async function pause(leastMs: number, mostMs: number): Promise<void> {
  const untilMs = monotonicMs() + leastMs + Math.random() * (mostMs - leastMs);
  await sleep(Math.floor(untilMs - monotonicMs()));
  while (monotonicMs() < untilMs);
}
