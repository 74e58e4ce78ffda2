/** Text through the whole engine, offline: spoken, sung, too long, with characters that cannot be said. */
import assert from 'node:assert/strict';
import { readPreset } from '../../src/engine/presets.js';
import { playMessages, type TimedAction } from '../support/play-messages.js';

const say = (frame: number, text: string): TimedAction => ({
  frame,
  nodeId: 'singer',
  name: 'say',
  args: [text],
});

describe('a text in the engine', function () {
  this.timeout(300_000);
  const { patch } = readPreset('sing');
  const seconds = 1.5;
  const actions = [
    say(12_000, 'Is it a moon \u2603?'),
    say(48_000, 'The quick brown fox jumps over the lazy dog. '.repeat(4000)),
  ];

  it('gives the same samples at any block size, and tells what is not said', async () => {
    const first = await playMessages(patch, actions, { seconds, seed: 5 });
    assert.deepEqual([...first.told].sort(), ['NODE_TEXT_LONG', 'NODE_TEXT_UNSAID']);
    assert.ok(first.sound.every(Number.isFinite));
    const blocks = [64, 500, 17];
    const again = await playMessages(patch, actions, { seconds, seed: 5, blocks });
    assert.deepEqual(again.sound, first.sound);
    const sung = await playMessages(patch, [], { seconds, seed: 5 });
    assert.deepEqual(sung.told, []);
    assert.deepEqual(sung.sound.subarray(0, 11_000), first.sound.subarray(0, 11_000));
    assert.notDeepEqual(sung.sound, first.sound);
    const rms = Math.sqrt(first.sound.reduce((sum, x) => sum + x * x, 0) / first.sound.length);
    assert.ok(rms > 0.003, `rms ${rms}`);
  });
});
