import assert from 'node:assert/strict';
import { Engine } from '../../../src/engine/engine.js';
import { type NodeSumList, NodeSums } from '../../../src/takes/node-sums.js';
import { fakeParts, patchOf } from '../engine/fake-parts.js';

describe('sums of nodes', () => {
  async function sumsOf(type: string, ticks: readonly number[], params = {}): Promise<NodeSumList> {
    const engine = await Engine.create({
      patch: patchOf(type, params),
      presetName: type,
      mode: 'offline',
      sampleRate: 48_000,
      blockFrames: 128,
      channels: 2,
      seed: 3,
      parts: fakeParts(),
    });
    const sums = new NodeSums();
    for (const numFrames of ticks) {
      engine.process(numFrames, (_output, ticked) => sums.add(engine.playing, ticked));
    }
    const list = sums.list();
    await engine.close();
    return list;
  }

  it('are the same however the sound is cut, and others for another sound', async () => {
    for (const type of ['noise', 'sine', 'ramp']) {
      const whole = await sumsOf(type, [128, 128]);
      assert.deepEqual(whole, await sumsOf(type, [1, 100, 27, 64, 64]), type);
      assert.deepEqual(
        whole.map(([nodeId]) => nodeId),
        ['source'],
      );
      assert.notDeepEqual(whole, await sumsOf(type, [128, 127]), type);
    }
    const steady = await sumsOf('steady', [128], { value: 0.5 });
    assert.notDeepEqual(steady, await sumsOf('steady', [128], { value: 0.5 + 2 ** -24 }));
  });
});
