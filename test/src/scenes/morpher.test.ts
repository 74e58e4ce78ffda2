/** Morphs against a clock and a timer that the test turns, and on an engine that runs offline. */
import assert from 'node:assert/strict';
import { type AudioBlock, msToFrames } from '../../../graph/index.js';
import type { ControlMessage, StampedMessage } from '../../../src/control/index.js';
import { Engine } from '../../../src/engine/engine.js';
import { curves, type Goal, leadMs, Morpher } from '../../../src/scenes/index.js';
import { fakeParts, patchOf, steady } from '../engine/fake-parts.js';

const sampleRate = 48_000;
const lead = msToFrames(leadMs, sampleRate);
/** Of the guard. */
const limiterFrames = msToFrames(1.5, sampleRate);

const value: Goal = {
  nodeId: 'source',
  name: 'value',
  spec: steady.params.value,
  from: 0.5,
  to: -0.5,
  curve: 'linear',
};

/** A bench that is the clock, the timer and the way to the audio thread. */
class Bench {
  frame: number | undefined = 0;
  readonly said: StampedMessage[] = [];
  private timer: (() => void) | undefined;
  readonly morpher = new Morpher({
    sampleRate,
    nowFrame: () => this.frame,
    apply: (messages) => void this.said.push(...messages),
    every: (_ms, action) => {
      this.timer = action;
      return () => {
        this.timer = undefined;
      };
    },
  });

  at(frame: number): void {
    this.frame = frame;
    this.timer?.();
  }

  get isTimed(): boolean {
    return this.timer !== undefined;
  }

  messages(): readonly (readonly [number, unknown])[] {
    return this.said.map(({ frame, message }) => [frame, 'value' in message && message.value]);
  }
}

describe('Morpher', () => {
  it('sets all at once without a time, and needs no clock for it', () => {
    const bench = new Bench();
    bench.frame = undefined;
    bench.morpher.start([value], 0);
    assert.deepEqual(bench.said, [
      { frame: 0, message: { kind: 'param', nodeId: 'source', name: 'value', value: -0.5, morph: 1 } },
    ]);
    assert.throws(() => bench.morpher.start([value], 100), { code: 'SCENE_NO_CLOCK' });
  });

  it('makes one ramp of a straight way, from a frame that is still to come', () => {
    const bench = new Bench();
    bench.at(1000);
    bench.morpher.start([value], 500);
    assert.deepEqual(bench.said, [
      {
        frame: 1000 + lead,
        message: { kind: 'param', nodeId: 'source', name: 'value', value: -0.5, morph: 1, rampMs: 500 },
      },
    ]);
  });

  it('says a curved way piece by piece, each before its frame, whatever the timer does', () => {
    const bench = new Bench();
    bench.morpher.start([{ ...value, curve: 's' }], 5000);
    const numSaid: number[] = [];
    // A timer that jitters by up to a quarter of a second.
    for (let frame = 0; frame < 260_000; frame += 2400 + ((frame * 7919) % 9600)) {
      const before = bench.said.length;
      bench.at(frame);
      assert.ok(bench.said.slice(before).every((said) => said.frame >= frame));
      bench.morpher.heard(bench.said.slice(before).map(({ message }) => message));
      numSaid.push(bench.said.length);
    }
    assert.equal(bench.said.length, 64);
    assert.ok(numSaid[0]! < 10);
    assert.equal(bench.isTimed, false);
    assert.equal(bench.morpher.isMoving, false);
  });

  it('leaves what is moved by hand, and only that', () => {
    const bench = new Bench();
    const other: Goal = { ...value, nodeId: 'other', curve: 's' };
    bench.morpher.start([{ ...value, curve: 's' }, other], 5000);
    bench.morpher.heard(bench.said.map(({ message }) => message));
    bench.morpher.heard([{ kind: 'param', nodeId: 'source', name: 'value', value: 0.1 }]);
    bench.said.length = 0;
    for (let frame = 0; frame < 300_000; frame += 2400) bench.at(frame);
    assert.ok(bench.said.length > 40);
    assert.ok(bench.said.every(({ message }) => message.kind === 'param' && message.nodeId === 'other'));
  });

  it('does not take what came before it for a hand', () => {
    const bench = new Bench();
    bench.morpher.start([{ ...value, curve: 's' }], 5000);
    bench.morpher.heard([{ kind: 'param', nodeId: 'source', name: 'value', value: 0.1 }]);
    assert.ok(bench.morpher.isMoving);
  });

  it('gives up what the audio thread does not heed', () => {
    const bench = new Bench();
    bench.morpher.start([{ ...value, curve: 's' }], 60_000);
    for (let frame = 0; frame < 3 * sampleRate; frame += 2400) bench.at(frame);
    assert.equal(bench.morpher.isMoving, false);
  });

  it('ends on a panic, and when it is told to', () => {
    const bench = new Bench();
    bench.morpher.start([{ ...value, curve: 's' }], 5000);
    bench.morpher.heard([{ kind: 'panic' }]);
    assert.equal(bench.morpher.isMoving, false);
    assert.equal(bench.isTimed, false);
  });

  it('knows where a param is that is on its way', () => {
    const bench = new Bench();
    assert.equal(bench.morpher.valueOf('source', 'value'), undefined);
    bench.morpher.start([value], 1000);
    bench.at(24_000);
    assert.ok(Math.abs(Number(bench.morpher.valueOf('source', 'value'))) < 1e-9);
    assert.equal(bench.morpher.valueOf('source', 'else'), undefined);
  });

  it('says no more at once than the queue of the engine holds', () => {
    const bench = new Bench();
    const goals = Array.from({ length: 2000 }, (_, i) => ({
      ...value,
      nodeId: `n${i}`,
      curve: 's' as const,
    }));
    bench.morpher.start(goals, 60_000);
    assert.ok(bench.said.length <= 4096, `${bench.said.length}`);
  });

  describe('on an engine', () => {
    const opened: Engine[] = [];
    afterEach(async () => {
      for (const engine of opened.splice(0)) await engine.close();
    });

    async function engineOf(blockFrames: number): Promise<Engine> {
      const engine = await Engine.create({
        patch: patchOf('steady', { value: 0.5 }),
        presetName: 'steady',
        mode: 'offline',
        sampleRate,
        blockFrames,
        channels: 1,
        seed: 1,
        parts: fakeParts(),
      });
      opened.push(engine);
      return engine;
    }

    /** Plays `numFrames` and turns the morpher's timer each `every` frames; `hand` is said at its frame. */
    async function play(
      goal: Goal,
      ms: number,
      numFrames: number,
      blockFrames: number,
      hand?: StampedMessage,
    ): Promise<Float32Array> {
      const bench = new Bench();
      const engine = await engineOf(blockFrames);
      const applied: ControlMessage[] = [];
      engine.notices$.subscribe((notice) => {
        if (notice.kind === 'applied') applied.push(notice.message);
      });
      const out = new Float32Array(numFrames);
      let at = 0;
      const tap = (block: AudioBlock, frames: number): void => {
        out.set(block.channels[0]!.subarray(0, frames), at);
        at += frames;
      };
      bench.morpher.start([goal], ms);
      if (hand !== undefined) engine.apply(hand);
      for (let looked = 0; at < numFrames; ) {
        for (const said of bench.said.splice(0)) engine.apply(said);
        engine.process(Math.min(blockFrames, numFrames - at), tap);
        bench.morpher.heard(applied.splice(0));
        if (at - looked < 4800) continue;
        looked = at;
        bench.at(at);
      }
      return out;
    }

    it('is where its law says at every piece, at any block size', async () => {
      const goal: Goal = { ...value, curve: 's' };
      const [one, other] = [await play(goal, 2000, 120_000, 64), await play(goal, 2000, 120_000, 1000)];
      assert.deepEqual(one, other);
      for (let k = 1; k <= 64; k++) {
        const offset = Math.round((k * 96_000) / 64);
        // The guard's limiter delays; the frame before an end is the last of its ramp.
        const heard = one[lead + offset - 1 + limiterFrames]!;
        const wanted = 0.5 - curves.s(offset / 96_000);
        assert.ok(Math.abs(heard - wanted) < 1e-6, `${k}: ${heard} ${wanted}`);
      }
      assert.equal(one.at(-1), -0.5);
    });

    it('yields to a hand at its very frame, though more of it was said ahead', async () => {
      const message = { kind: 'param', nodeId: 'source', name: 'value', value: 0.25 } as const;
      const hand = { frame: 20_003, message };
      const out = await play({ ...value, curve: 's' }, 2000, 60_000, 64, hand);
      assert.ok(out[20_003 + limiterFrames - 1] !== 0.25);
      assert.ok(out.subarray(20_003 + limiterFrames).every((x) => x === 0.25));
    });
  });
});
