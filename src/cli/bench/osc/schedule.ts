/** Bundles with a time, several under way: does the sound change at the very frame that the clock model names? */
import { setTimeout as sleep } from 'node:timers/promises';
import type { StampedMessage } from '../../../control/index.js';
import { createOscClient, encodePacket } from '../../../osc/index.js';
import { unixMsToTimeTag } from '../../../osc/time-tag.js';
import { createWallClock } from '../../../osc/wall-clock.js';
import type { PlayOptions } from '../../../process/play-options.js';
import { type EngineUnderTest, startEngineUnderTest } from '../latency/engine-under-test.js';
import { firstLevelChange } from '../latency/first-change.js';
import { renderOffline } from '../latency/offline.js';
import { emptyPatch, latencyPatch, stillDb } from '../latency/scenario.js';
import { quantile } from '../order-statistics.js';

/** A move ends 20 ms after it begins; then the next one may. */
const everyMs = 50;
/** The clock filter has locked by then. */
const settleMs = 4000;
const levelsDb = [stillDb - 4, stillDb + 4];
/** The change is looked for from so much before its frame to so much after. */
const searchedFrames = 480;

export interface ScheduleOptions {
  readonly play: Omit<PlayOptions, 'preset'>;
  readonly bundle: string;
  readonly count: number;
  readonly aheadMs: number;
}

export interface ScheduleResult {
  readonly count: number;
  readonly aheadMs: number;
  /** Bundles whose change was found; a sound that is too soft or was moving already tells nothing. */
  readonly found: number;
  /** By which the master stage delays everything: its latency, as the graph declares it. */
  readonly delayFrames: number;
  /** Frames from the one that the clock model named to the first one that changed: how many bundles, by difference. */
  readonly framesOff: Readonly<Record<string, number>>;
  readonly worstFramesOff: number;
  /** From the time asked for to the time at which the sink's clock plays the frame, less its median: ms. */
  readonly clockJitterMs: { readonly median: number; readonly p99: number; readonly worst: number };
  readonly late: number;
  readonly xruns: number;
  readonly modelXruns: number;
}

interface Trial {
  readonly dueMs: number;
  readonly frame: number;
}

export async function benchSchedule({
  play,
  bundle,
  count,
  aheadMs,
}: ScheduleOptions): Promise<ScheduleResult> {
  const patch = latencyPatch(bundle, { fader: 'level', withLfos: false });
  const stamped: number[] = [];
  const note = (messages: readonly StampedMessage[]): void => {
    for (const { frame, message } of messages) if (message.kind === 'param') stamped.push(frame);
  };
  const { graphLatencyFrames: delayFrames } = await renderOffline(emptyPatch, { ...play, preset: '' }, 0.01);
  const engine = await startEngineUnderTest(patch, { ...play, preset: '' }, () => undefined, note);
  const client = await createOscClient({ port: engine.oscPort });
  const wallClock = createWallClock();
  try {
    for (let waitedMs = 0; waitedMs < settleMs; waitedMs += everyMs) {
      engine.history.drain();
      await sleep(everyMs);
    }
    const before = engine.status();
    const dueMs: number[] = [];
    const waiting: Trial[] = [];
    const off: number[] = [];
    const playedMs: number[] = [];
    const firstMs = Date.now() + aheadMs;
    for (let n = 0; n < count || waiting.length > 0 || stamped.length < dueMs.length; ) {
      if (n < count && Date.now() >= firstMs - aheadMs + n * everyMs) {
        const unixMs = firstMs + n * everyMs;
        dueMs.push(wallClock.toMonotonicMs(unixMs));
        await client.sendBytes(timedLevel(unixMs, levelsDb[n % levelsDb.length]!));
        n++;
      }
      for (let k = off.length + waiting.length; k < stamped.length; k++)
        waiting.push({ frame: stamped[k]!, dueMs: dueMs[k]! });
      engine.history.drain();
      while (waiting.length > 0 && hasPlayed(engine, waiting[0]!.frame)) {
        const trial = waiting.shift()!;
        off.push(framesOff(engine, trial.frame) - delayFrames);
        playedMs.push(engine.history.dueMs(trial.frame) - trial.dueMs);
      }
      await sleep(5);
    }
    const after = engine.status();
    const found = off.filter((frames) => !Number.isNaN(frames));
    const middle = quantile(playedMs, 0.5);
    const jitter = playedMs.map((ms) => Math.abs(ms - middle));
    return {
      count,
      aheadMs,
      found: found.length,
      delayFrames,
      framesOff: countedBy(found),
      worstFramesOff: found.reduce((worst, frames) => Math.max(worst, Math.abs(frames)), 0),
      clockJitterMs: {
        median: quantile(jitter, 0.5),
        p99: quantile(jitter, 0.99),
        worst: quantile(jitter, 1),
      },
      late: stamped.filter((frame) => frame === 0).length,
      xruns: after.xruns - before.xruns,
      modelXruns: after.modelXruns - before.modelXruns,
    };
  } finally {
    await client.close();
    await engine.stop();
  }
}

function timedLevel(unixMs: number, levelDb: number): Uint8Array {
  return encodePacket({
    kind: 'bundle',
    timeTag: unixMsToTimeTag(unixMs),
    elements: [{ kind: 'message', address: '/node/level/gainDb', args: [{ type: 'f', value: levelDb }] }],
  });
}

function hasPlayed(engine: EngineUnderTest, frame: number): boolean {
  const { firstFrame, channels } = engine.history.stretch(frame, 0);
  return firstFrame + channels[0]!.length > frame + 2 * searchedFrames;
}

/** With the delay of the master stage in it. NaN: nothing found. */
function framesOff(engine: EngineUnderTest, frame: number): number {
  const { firstFrame, channels } = engine.history.stretch(frame, 2 * searchedFrames);
  const [moved, still] = channels as readonly [Float32Array, Float32Array];
  const at = frame - firstFrame;
  const change = firstLevelChange({ moved, still }, at - searchedFrames, at + 2 * searchedFrames);
  return change === undefined ? Number.NaN : change - at;
}

function countedBy(values: readonly number[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
