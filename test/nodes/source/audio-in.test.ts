import assert from 'node:assert/strict';
import { AUDIO_INPUTS } from '../../../nodes/index.js';
import { audioIn } from '../../../nodes/source/audio-in.js';
import { createBench, type HarnessOptions, servicesOf } from '../../support/graph-harness.js';
import { FakeAudioInput, FakeAudioInputs } from './fake-audio-inputs.js';

const recording = (frame: number, channel: number): number => (channel === 0 ? 1 : -1) * (frame / 65_536);

async function benchOf(input: FakeAudioInput, more: HarnessOptions = {}) {
  const inputs = new FakeAudioInputs(input);
  const bench = await createBench(audioIn, { services: servicesOf([AUDIO_INPUTS, inputs]), ...more });
  return { bench, inputs };
}

describe('audio-in', () => {
  it('asks for what its settings say', async () => {
    const settings = { device: 'Scarlett', channels: 2, firstChannel: 3 };
    const { bench, inputs } = await benchOf(new FakeAudioInput(true), { settings });
    assert.deepEqual(inputs.requests, [
      {
        nodeId: 'node',
        mode: 'offline',
        sampleRate: 48_000,
        device: 'Scarlett',
        channels: 2,
        firstChannel: 3,
      },
    ]);
    await bench.dispose();
  });

  it('offline hears a recording sample for sample, at any block size, with no latency', async () => {
    for (const blocks of [[128], [1, 77, 30]]) {
      const { bench } = await benchOf(new FakeAudioInput(true, recording));
      assert.equal(bench.latencyFrames, 0);
      const [left, right] = bench.render(4000, blocks).audio.audio!;
      for (let i = 0; i < 4000; i++) {
        assert.deepEqual([left![i], right![i]], [recording(i, 0), recording(i, 1)]);
      }
      assert.deepEqual(bench.notices, []);
      await bench.dispose();
    }
  });

  it('live says how late it is, is silent until sound comes, and has a gain', async () => {
    const input = new FakeAudioInput();
    const { bench } = await benchOf(input, { mode: 'live', settings: { marginMs: 10 }, maxBlockFrames: 128 });
    assert.equal(bench.latencyFrames, 64 + 2 * 128 + 128 + 480 + 16);
    const play = (): Float32Array => {
      input.arrive(128);
      return bench.render(128).audio.audio![0]!;
    };
    assert.ok(play().every((x) => x === 0));
    for (let k = 0; k < 40; k++) play();
    assert.ok(Math.abs(play()[127]! - 0.5) < 1e-6);
    bench.set('gainDb', -60);
    for (let k = 0; k < 40; k++) play();
    assert.ok(play().every((x) => x === 0));
    assert.deepEqual(bench.notices, []);
    await bench.dispose();
    assert.equal(input.isClosed, true);
  });

  it('hands what it heard, before its gain, to whoever records, and hears that again', async () => {
    const input = new FakeAudioInput(false, (frame, channel) => Math.sin(frame * 0.05 + channel));
    const taken = [new Float32Array(6400), new Float32Array(6400)];
    input.tap = (startFrame, channels, numFrames) => {
      for (const [c, to] of taken.entries()) to.set(channels[c]!.subarray(0, numFrames), startFrame);
    };
    const params = { gainDb: -6 };
    const live = await benchOf(input, { mode: 'live', params });
    const heard = [new Float32Array(6400), new Float32Array(6400)];
    for (let frame = 0; frame < 6400; frame += 128) {
      // Once for a while there is nothing.
      if (frame < 3200 || frame > 4200) input.arrive(128);
      const block = live.bench.render(128).audio.audio!;
      for (const [c, to] of heard.entries()) to.set(block[c]!, frame);
    }
    await live.bench.dispose();
    assert.ok(taken[0]!.some((x) => Math.abs(x) > 0.9));
    const again = new FakeAudioInput(true, (frame, channel) => taken[channel]![frame]!);
    const replayed = await benchOf(again, { params });
    assert.deepEqual(replayed.bench.render(6400, [128]).audio.audio, heard);
    await replayed.bench.dispose();
  });

  it('tells of gaps, and what there is to tell of the device', async () => {
    const input = new FakeAudioInput();
    const { bench } = await benchOf(input, { mode: 'live' });
    for (let k = 0; k < 40; k++) {
      input.arrive(128);
      bench.render(128);
    }
    bench.render(4000);
    input.news.push({ code: 'AUDIO_INPUT_LOST', message: 'The default input is waited for.' });
    bench.render(4000);
    assert.deepEqual(
      bench.notices.map(({ code }) => code),
      ['NODE_INPUT_GAP', 'AUDIO_INPUT_LOST'],
    );
    await bench.dispose();
  });
});
