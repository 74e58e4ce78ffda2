import assert from 'node:assert/strict';
import type { Sampling, Stepper, VoiceGroup } from '../../models/index.js';
import { assertModelError } from '../support/model-errors.js';

const CAPACITY = 4;
const NUM_FRAMES = 301;
/** A control value per slot: a voice is drawn with its own. */
const SAMPLINGS: readonly Sampling[] = [
  { temperature: 1, topP: 0.95, topK: 0 },
  { temperature: 0, topP: 1, topK: 0 },
  { temperature: 0.7, topP: 1, topK: 12 },
  { temperature: 1.3, topP: 0.5, topK: 100 },
];

/** What every group of voices promises (`VoiceGroup` in models/stepper.ts), as mocha tests of a stepper. */
export function itKeepsTheGroupContract(stepper: () => Stepper): void {
  it('group: starts with nothing that sounds, and touches no array then', () => {
    const group = stepper().createGroup(CAPACITY);
    assert.equal(group.capacity, CAPACITY);
    for (let slot = 0; slot < CAPACITY; slot++) assert.equal(group.isActive(slot), false);
    const outs = buffers();
    group.stepBlock(outs, NUM_FRAMES, SAMPLINGS);
    for (const out of outs) assert.ok(out.every(Number.isNaN));
    group.stepBlock([], NUM_FRAMES, []);
  });

  for (const blockFrames of [1, 7, 64, NUM_FRAMES]) {
    it(`group: voices are those of their own, bit for bit, in blocks of ${blockFrames} frames`, () => {
      const group = stepper().createGroup(CAPACITY);
      for (let slot = 0; slot < CAPACITY; slot++) group.start(slot, 10 + slot);
      const outs = playGroup(group, NUM_FRAMES, blockFrames);
      for (const [slot, out] of outs.entries()) {
        assert.deepEqual(out, alone(stepper(), slot, NUM_FRAMES), `slot ${slot}`);
        assert.equal(group.frame(slot), NUM_FRAMES);
      }
    });
  }

  it('group: a voice does not notice neighbours that come and go', () => {
    const group = stepper().createGroup(CAPACITY);
    const whole = new Float32Array(NUM_FRAMES);
    group.start(2, 12);
    const events: Readonly<Record<number, () => void>> = {
      3: () => group.start(0, 1),
      50: () => group.start(3, 2),
      51: () => group.stop(0),
      120: () => group.start(3, 9),
      200: () => group.stop(3),
    };
    const outs = buffers(1);
    for (let t = 0; t < NUM_FRAMES; t++) {
      events[t]?.();
      group.stepBlock(outs, 1, SAMPLINGS);
      whole[t] = outs[2]![0]!;
    }
    assert.deepEqual(whole, alone(stepper(), 2, NUM_FRAMES));
    assert.ok(Number.isNaN(outs[1]![0]!), 'a slot that was never started');
    assert.equal(group.frame(0), 48);
    assert.deepEqual(
      [0, 1, 2, 3].map((slot) => group.isActive(slot)),
      [false, false, true, false],
    );
  });

  it('group: a voice that starts late or again begins at frame 0', () => {
    const group = stepper().createGroup(CAPACITY);
    group.start(1, 77);
    playGroup(group, 100, 100);
    for (const slot of [0, 1]) group.start(slot, 10 + slot);
    assert.equal(group.frame(1), 0);
    const outs = playGroup(group, 90, 13);
    for (const slot of [0, 1]) assert.deepEqual(outs[slot]!.slice(0, 90), alone(stepper(), slot, 90));
  });

  it('group: goes on from a snapshot, in the same slot and in another', async () => {
    const group = stepper().createGroup(CAPACITY);
    group.start(0, 10);
    playGroup(group, 130, 130);
    const snapshot = new Uint8Array(group.snapshotBytes);
    group.snapshot(0, snapshot);
    const continued = playGroup(group, 90, 90)[0]!;
    assert.deepEqual(continued.slice(0, 90), alone(stepper(), 0, 220).slice(130));
    group.stop(0);
    // The other slot draws as the first one does.
    const samplings = SAMPLINGS.map(() => SAMPLINGS[0]!);
    for (const slot of [0, 3]) {
      group.restore(slot, snapshot);
      assert.equal(group.isActive(slot), true);
      assert.equal(group.frame(slot), 130);
    }
    const outs = buffers();
    group.stepBlock(outs, 90, samplings);
    for (const slot of [0, 3]) assert.deepEqual(outs[slot]!.slice(0, 90), continued.slice(0, 90));
    await assertModelError(() => group.restore(1, new Uint8Array(group.snapshotBytes)), 'MODEL_SNAPSHOT');
    await assertModelError(() => group.restore(1, snapshot.subarray(8)), 'MODEL_SNAPSHOT');
    assert.equal(group.isActive(1), false);
  });

  it('group: refuses slots that are none and arrays that are too short, and plays on', async () => {
    for (const capacity of [0, -1, 1.5, Number.NaN])
      await assertModelError(() => stepper().createGroup(capacity), 'MODEL_ARGUMENT');
    const group = stepper().createGroup(CAPACITY);
    for (const slot of [-1, CAPACITY, 0.5]) {
      await assertModelError(() => group.start(slot, 1), 'MODEL_ARGUMENT');
      await assertModelError(() => group.stop(slot), 'MODEL_ARGUMENT');
      await assertModelError(() => group.isActive(slot), 'MODEL_ARGUMENT');
      await assertModelError(() => group.frame(slot), 'MODEL_ARGUMENT');
      await assertModelError(
        () => group.snapshot(slot, new Uint8Array(group.snapshotBytes)),
        'MODEL_ARGUMENT',
      );
    }
    for (const slot of [0, 1]) group.start(slot, 10 + slot);
    const short = [new Float32Array(NUM_FRAMES), new Float32Array(NUM_FRAMES - 1)];
    await assertModelError(() => group.stepBlock(short, NUM_FRAMES, SAMPLINGS), 'MODEL_ARGUMENT');
    await assertModelError(() => group.stepBlock(buffers(), NUM_FRAMES, [SAMPLINGS[0]!]), 'MODEL_ARGUMENT');
    await assertModelError(() => group.snapshot(0, new Uint8Array(7)), 'MODEL_ARGUMENT');
    assert.equal(group.frame(0), 0);
    const outs = playGroup(group, NUM_FRAMES, 64);
    for (const slot of [0, 1]) assert.deepEqual(outs[slot], alone(stepper(), slot, NUM_FRAMES));
  });
}

/** NaN until something is written. */
function buffers(numFrames = NUM_FRAMES): Float32Array[] {
  return SAMPLINGS.map(() => new Float32Array(numFrames).fill(Number.NaN));
}

/** What the group says in `numFrames` frames, by slot. */
function playGroup(group: VoiceGroup, numFrames: number, blockFrames: number): Float32Array[] {
  const outs = buffers();
  for (let start = 0; start < numFrames; start += blockFrames) {
    const n = Math.min(blockFrames, numFrames - start);
    group.stepBlock(
      outs.map((out) => out.subarray(start)),
      n,
      SAMPLINGS,
    );
  }
  return outs;
}

/** What a voice of its own says with the seed and the sampling of a slot. */
function alone(stepper: Stepper, slot: number, numFrames: number): Float32Array {
  const out = new Float32Array(numFrames);
  stepper.createVoice(10 + slot).stepBlock(out, numFrames, SAMPLINGS[slot]!);
  return out;
}
