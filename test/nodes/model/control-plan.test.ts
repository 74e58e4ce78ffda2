import assert from 'node:assert/strict';
import { defineNode, type GraphRun, perBlock } from '../../../graph/index.js';
import type { ModelStream } from '../../../models/index.js';
import { createReferenceStepper } from '../../../models/sashimi/reference-stepper.js';
import { InlineStream } from '../../../models/stream/inline-stream.js';
import { COND_RATE_HZ } from '../../../nodes/conditioning/cond-rate.js';
import { constant } from '../../../nodes/conditioning/constant.js';
import { lfo } from '../../../nodes/conditioning/lfo.js';
import { MODEL_STREAMS } from '../../../nodes/index.js';
import { ControlPlan } from '../../../nodes/model/control-plan.js';
import { sashimi } from '../../../nodes/model/sashimi.js';
import { servicesOf, startPatch } from '../../support/graph-harness.js';
import { tinyBundle } from '../../support/tiny-bundle.js';
import { FakeModelStreams, FakeStream } from '../fake-model-streams.js';

const LOOK_AHEAD = 256;

/** A model whose temperature an LFO moves, and whose nucleus a constant. */
function start(stream: ModelStream): Promise<GraphRun> {
  const patch = {
    format: 'sashimi-live/patch',
    formatVersion: 1,
    title: 'planned',
    nodes: [
      { id: 'model', type: 'sashimi', params: { temperature: 1, topP: 0.8 } },
      { id: 'tide', type: 'lfo', params: { rateHz: 3 } },
      { id: 'knob', type: 'constant', params: { value: 0.1 } },
    ],
    edges: [
      { from: 'tide.out', to: 'model.temperature', amount: 0.5 },
      { from: 'knob.out', to: 'model.topP' },
    ],
    output: 'model.audio',
  };
  const services = servicesOf([MODEL_STREAMS, new FakeModelStreams(stream)]);
  return startPatch(patch, [sashimi, lfo, constant], { services });
}

/** Plays blocks of these sizes in turn; calls `before` ahead of each tick. */
function play(
  run: GraphRun,
  from: number,
  frames: number,
  blocks: readonly number[],
  each?: () => void,
): number {
  let frame = from;
  for (let turn = 0; frame < from + frames; turn++) {
    const numFrames = Math.min(blocks[turn % blocks.length]!, from + frames - frame);
    run.tick(frame, numFrames);
    each?.();
    frame += numFrames;
  }
  return frame;
}

const temperatureAt = (modelFrame: number): number =>
  1 + 0.5 * Math.sin((2 * Math.PI * 3 * (3 * modelFrame)) / 48000);

describe('the control plan of a model', () => {
  it('says what an LFO will be, slot by slot, beyond the look-ahead, and nothing twice', async () => {
    const stream = new FakeStream({ lookAheadFrames: LOOK_AHEAD });
    const run = await start(stream);
    play(run, 0, 24000, [128, 57, 300], () => {
      assert.ok(stream.plans.at(-1)!.frame > stream.frame + LOOK_AHEAD - 33, 'as far as the stream steps');
    });
    assert.deepEqual(
      stream.plans.map(({ frame }) => frame),
      stream.plans.map((_, i) => 32 * (i + 1)),
    );
    for (const { frame, temperature, topP } of stream.plans) {
      assert.ok(Math.abs(temperature - temperatureAt(frame)) < 0.02, `${frame}: ${temperature}`);
      assert.ok(Math.abs(topP - 0.9) < 1e-6);
    }
    // At the beginning, and once when the constant has come to its value.
    assert.ok(stream.samplings.length <= 2, `${stream.samplings.length} values said at once`);
    await run.dispose();
  });

  it('says no more at once than a stream takes, however far that steps', async () => {
    for (const lookAheadFrames of [4096, 32000]) {
      const stream = new FakeStream({ lookAheadFrames });
      const run = await start(stream);
      const frame = play(run, 0, 96000, [512]);
      const saidBefore = stream.plans.length;
      run.setParam('model', 'temperature', 1.5);
      play(run, frame, 512, [512]);
      const said = stream.plans.slice(saidBefore);
      assert.ok(said.length > 100, `${said.length} plans`);
      assert.ok(said.length < 256, `${said.length} plans`);
      assert.ok(said.at(-1)!.frame > stream.frame + lookAheadFrames - 250, 'as far as the stream steps');
      await run.dispose();
    }
  });

  it('leaves to the next tick what one tick cannot say', () => {
    const stream = new FakeStream({ lookAheadFrames: 4096 });
    const plan = new ControlPlan(stream, 48000, {
      get: () => 1,
      ahead: (name, frame) => (name === 'temperature' ? frame : 1),
      isSteady: () => false,
    });
    plan.tell({ startFrame: 0, numFrames: 12000 }, 4000);
    assert.ok(stream.plans.length < 256, `${stream.plans.length} plans`);
    stream.frame = 4000;
    plan.tell({ startFrame: 12000, numFrames: 128 }, 43);
    assert.deepEqual(
      stream.plans.map(({ frame, temperature }) => [frame, temperature]),
      stream.plans.map((_, i) => [32 * (i + 1), 96 * (i + 1)]),
    );
    assert.ok(stream.plans.at(-1)!.frame > stream.frame + 4096);
  });

  it('says the same at any block size', async () => {
    const plansOf = async (blocks: readonly number[]) => {
      const stream = new FakeStream();
      const run = await start(stream);
      play(run, 0, 24000, blocks);
      await run.dispose();
      return stream.plans.map(({ frame, temperature }) => [frame, temperature]);
    };
    const expected = await plansOf([128]);
    for (const blocks of [[512], [1, 90, 33]]) {
      const plans = await plansOf(blocks);
      const both = Math.min(plans.length, expected.length);
      assert.ok(both > 200);
      assert.deepEqual(plans.slice(0, both), expected.slice(0, both));
    }
  });

  it('says no value that an LFO never had, also when that has just changed', async () => {
    const heard = new Set<number>([1]);
    const probe = defineNode({
      type: 'probe',
      role: 'transform',
      summary: 'Remembers what the LFO gave.',
      params: {},
      inputs: {
        audio: { kind: 'audio', channels: 1 },
        cond: { kind: 'cond', dim: 1, rateHz: COND_RATE_HZ },
      },
      outputs: { audio: { kind: 'audio', channels: 1 } },
      create: (_ctx) =>
        perBlock(() => ({ in: input }) => {
          const { data, numFrames } = input.cond;
          for (let k = 0; k < numFrames; k++) heard.add(1 + 0.5 * data[k]!);
          return { audio: input.audio };
        }),
    });
    const patch = {
      format: 'sashimi-live/patch',
      formatVersion: 1,
      title: 'changed',
      nodes: [
        { id: 'model', type: 'sashimi', params: { temperature: 1 } },
        { id: 'tide', type: 'lfo', params: { rateHz: 0.1 } },
        { id: 'probe', type: 'probe' },
      ],
      edges: [
        { from: 'tide.out', to: 'model.temperature', amount: 0.5 },
        { from: 'tide.out', to: 'probe.cond' },
        { from: 'model.audio', to: 'probe.audio' },
      ],
      output: 'probe.audio',
    };
    // Nothing is planned beyond the tick, nor do changes come just where a conditioning frame was foreseen: all that
    // is said comes to be.
    const stream = new FakeStream();
    const services = servicesOf([MODEL_STREAMS, new FakeModelStreams(stream)]);
    const run = await startPatch(patch, [sashimi, lfo, probe], { services });
    let frame = 0;
    for (const [name, value] of [
      ['rateHz', 50],
      ['depth', 0.5],
      ['rateHz', 7],
      ['phase', 0.5],
      ['shape', 'triangle'],
      ['shape', 'square'],
    ] as const) {
      run.setParam('tide', name, value);
      frame = play(run, frame, 9640, [512, 200]);
      await run.callAction('tide', 'restart', []);
      frame = play(run, frame, 9640, [512, 200]);
    }
    const said = [...stream.samplings, ...stream.plans].map(({ temperature }) => temperature);
    assert.ok(said.length > 500);
    // The last conditioning frame that was said may be one that the probe has yet to see.
    play(run, frame, 512, [512]);
    assert.deepEqual(
      said.filter((temperature) => !heard.has(temperature)),
      [],
    );
    await run.dispose();
  });

  it('so a model under an LFO makes the same samples at any block size', async () => {
    const soundOf = async (blocks: readonly number[]) => {
      const stepper = createReferenceStepper(tinyBundle());
      const run = await start(new InlineStream(stepper, 0, { temperature: 1, topP: 1, topK: 0 }));
      const sound: number[] = [];
      let frame = 0;
      for (let turn = 0; frame < 7200; turn++) {
        const numFrames = Math.min(blocks[turn % blocks.length]!, 7200 - frame);
        run.tick(frame, numFrames);
        sound.push(...run.output().channels[0]!.subarray(0, numFrames));
        frame += numFrames;
      }
      await run.dispose();
      return sound;
    };
    const expected = await soundOf([128]);
    assert.deepEqual(await soundOf([512]), expected);
    assert.deepEqual(await soundOf([61, 7]), expected);
  });

  it('says anew what is not true any more: a param that was moved, an LFO that was moved', async () => {
    const stream = new FakeStream({ lookAheadFrames: LOOK_AHEAD });
    const run = await start(stream);
    let frame = play(run, 0, 12000, [128]);
    const counts = () => [stream.samplings.length, stream.plans.length] as const;
    const [saidBefore, plannedBefore] = counts();
    run.setParam('model', 'temperature', 1.5);
    frame = play(run, frame, 128, [128]);
    const [said, planned] = counts();
    assert.equal(said, saidBefore + 1, 'at once');
    assert.ok(planned - plannedBefore >= LOOK_AHEAD / 32, 'and the whole plan');
    assert.ok(stream.plans.slice(plannedBefore).every(({ temperature }) => temperature >= 1));
    frame = play(run, frame, 4800, [128]);
    assert.equal(stream.samplings.length, said, 'once');

    run.setParam('tide', 'depth', 0);
    frame = play(run, frame, 4800, [128]);
    assert.ok(stream.samplings.length > said);
    const [quiet] = counts();
    frame = play(run, frame, 4800, [128]);
    assert.equal(stream.samplings.length, quiet, 'nothing more once the LFO has come to rest');
    assert.equal(stream.samplings.at(-1)!.temperature, 1.5);

    await run.callAction('model', 'reset', [4]);
    play(run, frame, 128, [128]);
    assert.equal(stream.samplings.length, quiet + 1, 'a new stream is told anew');
    await run.dispose();
  });
});
