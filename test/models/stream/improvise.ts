/** Somebody who says whatever a stream can be told, at random, and reads it faster than its thread can follow. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { ALL_TIERS } from '../../../models/state/mix-states.js';
import {
  NUM_STATE_SLOTS,
  type StateCommand,
  type StateCommandKind,
  stateCommandRecord,
} from '../../../models/state/state-command.js';
import type { Lapse, LapseRecord, ModelStream } from '../../../models/stream.js';
import { seededRandom } from '../../support/random.js';

const NUM_READS = 700;
const KINDS: readonly StateCommandKind[] = [
  'keep',
  'keep',
  'recall',
  'recall',
  'repeat',
  'move',
  'release',
  'rewind',
  'fork',
];
const TIERS = [ALL_TIERS, 2, 6, 1];
/** Of the slots that are used: the others rest, as they do in a node. */
const MOST_KEPT = 6;

/** What was heard, and the lapses of each stream that a reset began; of streams that are inline there are none. */
export interface Improvisation {
  readonly heard: Float32Array;
  readonly lapses: readonly (readonly Lapse[])[];
}

/** The same is said for the same seed, and after the same reads, of whatever stream. Calls `onReset` at each reset. Closes the stream. */
export async function improvise(
  stream: ModelStream,
  seed: number,
  onReset: (count: number) => void = () => undefined,
): Promise<Improvisation> {
  const random = seededRandom(seed);
  const upTo = (count: number): number => Math.floor(count * random());
  const states = new StatePlayer(random);
  const heard: number[] = [];
  const lapses: Lapse[][] = [];
  const block = new Float32Array(256);
  const lapse: LapseRecord = { kind: 'lost', read: 0, frame: 0, frames: 0 };
  const reset = (): void => {
    stream.reset(upTo(1e6));
    lapses.push([]);
    onReset(lapses.length);
  };
  const say = (): void => {
    const dice = random();
    const sampling = { temperature: 0.3 + random(), topP: 0.5 + 0.5 * random(), topK: 0, blend: random() };
    const at = stream.position + upTo(600);
    const rows = Float32Array.from({ length: 60 }, () => upTo(3));
    const numRows = 1 + upTo(12);
    const hasInputs = stream.conditioning.length > 0;
    if (dice < 0.2) stream.setSampling(sampling);
    else if (dice < 0.4) stream.planSampling(at, sampling);
    else if (dice < 0.55) hasInputs && stream.setConditioning(0, Math.floor(at / 16), rows, numRows);
    else if (dice < 0.7) hasInputs && stream.setConditioning(1, at, rows, numRows);
    else if (dice < 0.99) stream.states.command(states.next());
    else reset();
  };
  reset();
  while (stream.mode === 'threaded' && stream.availableFrames < 64) await delay(1);
  for (let read = 0; read < NUM_READS; read++) {
    for (let words = [0, 0, 0, 1, 1, 3][upTo(6)]!; words > 0; words--) say();
    const wanted = 1 + upTo(random() < 0.1 ? 200 : 63);
    const rest = random();
    heard.push(...block.subarray(0, stream.read(block, wanted)));
    while (stream.lapses?.take(lapse)) {
      assert.notEqual(lapse.kind, 'lost');
      lapses.at(-1)!.push({ ...lapse });
    }
    if (rest < 0.3 && stream.mode === 'threaded') await delay(rest < 0.02 ? 15 : 1);
  }
  await stream.close();
  return { heard: Float32Array.from(heard), lapses };
}

/** Keeps each state in another slot than the last ones, and recalls what it has kept. */
class StatePlayer {
  private slot = 0;
  private readonly kept: number[] = [];

  constructor(private readonly random: () => number) {}

  next(): StateCommand {
    const { random, kept } = this;
    const kind = this.oneOf(KINDS);
    const command = {
      ...stateCommandRecord(),
      kind,
      tiers: this.oneOf(TIERS),
      fadeFrames: Math.floor(600 * random()),
      frames: 1 + Math.floor(3000 * random()),
      seed: Math.floor(1e6 * random()),
      position: random(),
    };
    if (kind === 'keep') {
      this.slot = (this.slot + 1) % NUM_STATE_SLOTS;
      kept.push(this.slot);
      if (kept.length > MOST_KEPT) kept.shift();
      return { ...command, a: this.slot };
    }
    return { ...command, a: this.oneOf(kept) ?? 0, b: this.oneOf(kept) ?? 0 };
  }

  private oneOf<T>(items: readonly T[]): T {
    return items[Math.floor(this.random() * items.length)]!;
  }
}
