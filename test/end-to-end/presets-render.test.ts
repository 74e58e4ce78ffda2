/** Every preset that ships: valid to its published schema, and it sounds. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { packageRoot } from '../../models/package-root.js';
import { listPresets, presetsFolder, readPreset } from '../../src/engine/presets.js';
import { playMessages, type TimedAction } from '../support/play-messages.js';
import { readWav } from '../support/read-wav.js';
import { runCli } from '../support/run-cli.js';
import { useTempFolder } from '../support/temp-folder.js';

const seconds = 3;
/** Enough to tell two sounds apart; the last block of a shorter sound may be cut, and follow its LFOs otherwise. */
const comparedSeconds = 1;
const comparedSamples = 40_000 * 2;
/** The limiter's ceiling is -1 dB. */
const ceiling = 10 ** (-1 / 20);
/** -50 dB and -6 dB: there is sound, and it is not a constant scream. */
const leastRms = 10 ** (-50 / 20);
const mostRms = 10 ** (-6 / 20);

const strike = (frame: number, pitch: number): TimedAction => ({
  frame,
  nodeId: 'keys',
  name: 'note',
  args: [pitch, 100],
});
/** Presets that wait for somebody to play them, and what is played. */
const chord = [strike(4800, 48), strike(4800, 60), strike(4800, 64), strike(72_000, 67)];
const playedBy: Readonly<Record<string, readonly TimedAction[]>> = { keys: chord, 'keys-live': chord };

const readJson = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

describe('the presets', function () {
  this.timeout(180_000);
  const folder = useTempFolder();

  it('are those that README.md names', () => {
    assert.deepEqual(listPresets(), [
      'answer-me',
      'blend',
      'choir',
      'continue-me',
      'counting',
      'drift',
      'duet',
      'keys',
      'keys-live',
      'piano',
      'recital',
      'shore',
      'sing',
      'slow-tiers',
      'steps',
      'two-voices',
      'weather',
    ]);
  });

  for (const [name, actions] of Object.entries(playedBy)) {
    it(`${name} sounds when it is played; same seed, same samples`, async () => {
      const { patch } = readPreset(name);
      const play = async (seed: number) => {
        const { sound, told } = await playMessages(patch, actions, { seconds, seed });
        assert.deepEqual(told, []);
        return sound;
      };
      const sound = await play(1);
      assert.ok(sound.every((x) => Math.abs(x) <= ceiling + 1e-6));
      const rms = Math.sqrt(sound.reduce((sum, x) => sum + x * x, 0) / sound.length);
      assert.ok(rms > leastRms && rms < mostRms, `rms ${rms}`);
      assert.deepEqual(await play(1), sound);
      assert.notDeepEqual(await play(2), sound);
    });
  }

  for (const name of listPresets()) {
    describe(name, () => {
      const render = async (seed: number, file: string, length = seconds): Promise<string> => {
        const args = [
          'render',
          name,
          '--seconds',
          String(length),
          '--seed',
          String(seed),
          '--out',
          folder.path(file),
        ];
        const { code, stderr } = await runCli(args);
        assert.equal(code, 0, stderr);
        return folder.path(file);
      };

      it('is a patch to the published schema', () => {
        const validate = new Ajv2020({ strict: false }).compile(
          readJson(join(packageRoot(), 'graph', 'patch.schema.json')) as object,
        );
        const patch = readJson(join(presetsFolder(), `${name}.json`));
        assert.ok(validate(patch), JSON.stringify(validate.errors));
      });

      it('has three messages worth trying', () => {
        const { messages } = readJson(join(presetsFolder(), `${name}.json`)) as { messages: string[] };
        assert.equal(messages.length, 3);
      });

      it('sounds: duration, peak, RMS, no NaN; same seed, same samples; another seed, another sound', async () => {
        const first = readWav(await render(1, 'first.wav'));
        assert.deepEqual([first.sampleRate, first.channels, first.bitDepth], [48_000, 2, '24']);
        assert.equal(first.numFrames, seconds * 48_000);
        assert.ok(first.hasOnlyNumbers);
        assert.ok(first.peak <= ceiling + 1e-6, `peak ${first.peak}`);
        // One that waits for somebody to play it is heard below.
        if (name in playedBy) return;
        assert.ok(first.rms > leastRms && first.rms < mostRms, `rms ${first.rms}`);
        const begins = async (seed: number) =>
          readWav(await render(seed, `${seed}.wav`, comparedSeconds)).samples.subarray(0, comparedSamples);
        const beginning = first.samples.subarray(0, comparedSamples);
        assert.deepEqual(await begins(1), beginning);
        assert.notDeepEqual(await begins(2), beginning);
      });
    });
  }
});
