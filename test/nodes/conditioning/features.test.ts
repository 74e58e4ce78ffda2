import assert from 'node:assert/strict';
import { features } from '../../../nodes/conditioning/features.js';
import { createBench, type Rendered } from '../../support/graph-harness.js';

const RATE = 48_000;
/** Of the outputs with one number. */
const COND_HZ = 500;
const sine = (hz: number, amplitude: number) => (frame: number) =>
  amplitude * Math.sin((2 * Math.PI * hz * frame) / RATE);

async function hear(
  audio: (frame: number) => number,
  seconds: number,
  params: Readonly<Record<string, string | number>> = {},
): Promise<Rendered> {
  const bench = await createBench(features, { inputs: { audio: { audio, channels: 2 } }, params });
  const rendered = bench.render(seconds * RATE, [128, 7, 300]);
  assert.deepEqual(bench.notices, []);
  await bench.dispose();
  return rendered;
}

const at = (rendered: Rendered, port: string, seconds: number): number =>
  rendered.cond[port]![Math.round(seconds * COND_HZ)]!;

describe('features', () => {
  for (const hz of [60, 110, 233.1, 440, 977]) {
    it(`hears a tone of ${hz} Hz`, async () => {
      // With overtones, as tones have them.
      const tone = (frame: number) =>
        sine(hz, 0.3)(frame) + sine(2 * hz, 0.2)(frame) + sine(3 * hz, 0.1)(frame);
      const heard = await hear(tone, 0.3);
      assert.ok(Math.abs(1200 * Math.log2(at(heard, 'f0', 0.25) / hz)) < 5, `${at(heard, 'f0', 0.25)} Hz`);
      assert.equal(at(heard, 'voiced', 0.25), 1);
    });
  }

  it('hears no tone in noise or silence, and keeps the last one', async () => {
    let state = 1;
    const noise = (): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32 - 0.5;
    };
    const heard = await hear((frame) => (frame < 0.3 * RATE ? sine(220, 0.5)(frame) : 0.3 * noise()), 0.8);
    assert.equal(at(heard, 'voiced', 0.01), 0);
    assert.equal(at(heard, 'f0', 0.01), 0);
    assert.equal(at(heard, 'voiced', 0.6), 0);
    assert.ok(Math.abs(at(heard, 'f0', 0.6) - 220) < 15);
  });

  it('measures loudness in dB, as it stands or as it is heard', async () => {
    const plain = await hear(sine(1000, 0.5), 0.2);
    assert.ok(Math.abs(at(plain, 'loudness', 0.15) - 20 * Math.log10(0.5 / Math.SQRT2)) < 0.1);
    const heard = await hear(sine(997, 1), 0.4, { weighting: 'k' });
    // The check of BS.1770: a full-scale sine of 997 Hz is -3.01.
    assert.ok(Math.abs(at(heard, 'loudness', 0.35) + 3.01) < 0.1, `${at(heard, 'loudness', 0.35)}`);
    const low = await hear(sine(30, 1), 0.6, { weighting: 'k' });
    assert.ok(at(low, 'loudness', 0.55) < -6);
    const silent = await hear(() => 0, 0.1);
    assert.equal(at(silent, 'loudness', 0.09), -100);
  });

  it('knows bright from dark', async () => {
    const dark = await hear(sine(300, 0.3), 0.2);
    const bright = await hear(sine(4000, 0.3), 0.2);
    assert.ok(Math.abs(at(dark, 'centroid', 0.15) - 300) < 60, `${at(dark, 'centroid', 0.15)}`);
    assert.ok(Math.abs(at(bright, 'centroid', 0.15) - 4000) < 60);
    assert.equal(at(await hear(() => 0, 0.1), 'centroid', 0.05), 0);
  });

  it('finds the beginning of each of a row of sounds, once and soon', async () => {
    const starts = [0.2, 0.45, 0.7, 0.95];
    const plucks = (frame: number): number =>
      starts.reduce((sum, start) => {
        const t = frame / RATE - start;
        return t < 0 ? sum : sum + 0.4 * Math.exp(-12 * t) * Math.sin(2 * Math.PI * 500 * t * (1 + start));
      }, 0);
    const { events } = await hear(plucks, 1.2);
    assert.equal(events.onsets!.length, starts.length);
    for (const [i, event] of events.onsets!.entries()) {
      const lateMs = 1000 * (event.frame / RATE - starts[i]!);
      assert.equal(event.type, 'trigger');
      assert.ok(lateMs >= 0 && lateMs <= 17, `${lateMs} ms late`);
      assert.ok(event.velocity > 0 && event.velocity <= 1);
    }
    assert.deepEqual((await hear(sine(300, 0.2), 1)).events.onsets!.length, 1);
  });

  it('gives forty bands, 125 times a second', async () => {
    const { cond } = await hear(sine(1000, 0.5), 0.4);
    assert.equal(cond.mel!.length, 50 * 40);
    const last = cond.mel!.slice(-40);
    const loudest = last.indexOf(Math.max(...last));
    // 1000 Hz lies at 35 % of the mels from 40 to 7600 Hz.
    assert.ok(loudest >= 12 && loudest <= 15, `band ${loudest}`);
    assert.ok(Math.abs(last[loudest]! - Math.log(0.5)) < 0.5);
    assert.ok(last[39]! < -8);
  });
});
