/** One fader move after the other: packet out, first changed sample found. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createOscClient, monotonicMs, type OscClient } from '../../../osc/index.js';
import type { PlayOptions } from '../../../process/play-options.js';
import type { EngineUnderTest } from './engine-under-test.js';
import { firstLevelChange, firstSoundChange } from './first-change.js';
import { restTemperature, stillDb } from './scenario.js';

export interface Trials {
  /** From just before the packet is sent to the time at which its first changed sample is heard. Milliseconds. */
  readonly heardMs: number[];
  /** The same to the moment at which the sink has that sample in its hands. */
  readonly givenMs: number[];
  /** Trials that tell nothing: the sound before the packet was not as expected, or did not change in time. */
  discarded: number;
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
/** How long a change of the temperature is waited for, look-ahead not counted. */
const patienceMs = 40;
/** At 0 the model takes the most probable level: mostly another one than was drawn. */
const movedTemperature = 0;

export async function levelTrials(engine: EngineUnderTest, count: number): Promise<Trials> {
  const trials: Trials = { heardMs: [], givenMs: [], discarded: 0 };
  const client = await createOscClient({ port: engine.oscPort });
  let levelDb: number = stillDb;
  try {
    for (let n = 0; n < count; n++) {
      engine.history.drain();
      levelDb = nextLevel(levelDb);
      const sentMs = await send(client, '/node/level/gainDb', levelDb);
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
export async function temperatureTrials(
  engine: EngineUnderTest,
  count: number,
  { lookAheadMs }: PlayOptions,
  expected: Float32Array,
): Promise<Trials> {
  const trials: Trials = { heardMs: [], givenMs: [], discarded: 0 };
  const client = await createOscClient({ port: engine.oscPort });
  try {
    for (let n = 0; n < count; n++) {
      await send(client, '/node/model/temperature', restTemperature);
      // The model's thread has the temperature before it starts anew.
      await pause(20, 30);
      await client.send('/node/model/reset');
      await pause(settleMs + lookAheadMs, settleMs + lookAheadMs + 20);
      engine.history.drain();
      const sentMs = await send(client, '/node/model/temperature', movedTemperature);
      await pause(patienceMs + lookAheadMs, patienceMs + lookAheadMs + 1);
      take(engine, trials, sentMs, ([, still], from, to) => firstSoundChange(still!, expected, from, to));
    }
  } finally {
    await client.close();
  }
  return trials;
}

/** Looks at the sound around `sentMs`, and at all that has come since. */
function take(
  { history, status }: EngineUnderTest,
  trials: Trials,
  sentMs: number,
  find: (channels: readonly Float32Array[], from: number, to: number) => number | undefined,
): void {
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
async function send(client: OscClient, address: string, value: number): Promise<number> {
  const sentMs = monotonicMs();
  await client.send(address, [{ type: 'f', value }]);
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
