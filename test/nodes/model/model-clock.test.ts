import assert from 'node:assert/strict';
import { Resampler } from '../../../nodes/dsp/resampler.js';
import { designResamplerFilter, lowLatencyQuality } from '../../../nodes/dsp/resampler-filter.js';
import { ModelClock } from '../../../nodes/model/model-clock.js';
import { seededRandom } from '../../support/random.js';

describe('the clock of a model', () => {
  it('maps both ways, from the tick with which the stream began', () => {
    const clock = new ModelClock(16000, 48000);
    clock.anchor(1000, 0);
    assert.deepEqual(
      [1000, 1001, 1003, 1004].map((frame) => clock.modelFrame(frame)),
      [0, 1, 1, 2],
    );
    assert.equal(clock.engineFrame(2), 1006);
    const odd = new ModelClock(16000, 44100);
    odd.anchor(0, 0);
    assert.equal(odd.modelFrame(44100 * 3600), 16000 * 3600);
  });

  it('stays where it is while ticks begin between model frames, and follows after a gap', () => {
    const clock = new ModelClock(16000, 48000);
    clock.anchor(0, 0);
    clock.anchor(128, 43);
    assert.equal(clock.modelFrame(192), 64);
    clock.anchor(1280, 43);
    assert.equal(clock.modelFrame(1280), 43);
    clock.restart();
    clock.anchor(2000, 0);
    assert.equal(clock.modelFrame(2000), 0);
  });

  it('never maps an event before what has been read when its tick begins, wherever the stream began', () => {
    const uniform = seededRandom(5);
    for (const engineRate of [48000, 44100, 96000, 16000, 8000]) {
      const filter = designResamplerFilter(16000, engineRate, lowLatencyQuality);
      for (let round = 0; round < 20; round++) {
        const resampler = new Resampler({ channels: 1, filter, maxInputFrames: 2000 });
        const clock = new ModelClock(16000, engineRate);
        const silence = [new Float32Array(2000)];
        const out = [new Float32Array(512)];
        let position = 0;
        let frame = 0;
        const tick = (numFrames: number): void => {
          clock.anchor(frame, position);
          assert.ok(clock.modelFrame(frame) >= position, `${engineRate} Hz: ${frame} is before ${position}`);
          const needed = resampler.inputNeeded(numFrames);
          resampler.push(silence, 0, needed);
          resampler.pull(out, 0, numFrames);
          position += needed;
          frame += numFrames;
        };
        tick(1 + Math.floor(uniform() * 500));
        // The stream begins anew; the resampler goes on where it is.
        position = 0;
        clock.restart();
        for (let n = 0; n < 100; n++) tick(1 + Math.floor(uniform() * (n % 2 === 0 ? 4 : 500)));
      }
    }
  });
});
