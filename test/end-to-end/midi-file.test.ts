/** A MIDI file into a model, beside the same notes as messages: same frames, same seed, same samples. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import type { ActionValue } from '../../graph/index.js';
import { encodeMidiFile, type Performance, parseMidiFile, performanceEvents } from '../../models/index.js';
import { playMessages, type TimedAction } from '../support/play-messages.js';
import { playedPatch, writePlayedBundle } from '../support/played-bundle.js';
import { useSuiteTempFolder } from '../support/temp-folder.js';

const piece: Performance = {
  notes: [
    { seconds: 0.02, endSeconds: 0.15, pitch: 60, velocity: 100 / 127 },
    { seconds: 0.02, endSeconds: 0.05, pitch: 64, velocity: 90 / 127 },
    { seconds: 0.051, endSeconds: 0.12, pitch: 67, velocity: 33 / 127 },
    { seconds: 0.16, endSeconds: 0.2, pitch: 60, velocity: 127 / 127 },
  ],
  pedals: [
    { seconds: 0.03, isDown: true },
    { seconds: 0.18, isDown: false },
  ],
  seconds: 0.25,
};

describe('a MIDI file played by a model', function () {
  this.timeout(240_000);
  const folder = useSuiteTempFolder();
  let bundle: string;
  let file: string;
  before(async () => {
    bundle = folder.path('played');
    await writePlayedBundle(bundle);
    file = folder.path('piece.mid');
    writeFileSync(file, encodeMidiFile(piece));
  });

  const options = { seconds: 0.3, seed: 9, stepper: 'reference' } as const;
  const playFile = (rate = 1, blocks: readonly number[] = [128], actions: readonly TimedAction[] = []) =>
    playMessages(playedPatch(bundle, { type: 'midi-file', settings: { file }, params: { rate } }), actions, {
      ...options,
      blocks,
    });

  /** What a player of the file sends over OSC, at `rate`. */
  function messages(rate: number): TimedAction[] {
    const played = parseMidiFile(encodeMidiFile(piece));
    const at = (seconds: number, name: string, ...args: ActionValue[]): TimedAction => ({
      frame: Math.round((seconds * 48_000) / rate),
      nodeId: 'keys',
      name,
      args,
    });
    const actions = performanceEvents(played).map(({ seconds, type, pitch, velocity }) => {
      if (type === 'pedal') return at(seconds, 'pedal', velocity > 0);
      return type === 'note-on'
        ? at(seconds, 'note', pitch, Math.round(velocity * 127))
        : at(seconds, 'note/off', pitch);
    });
    return [...actions, at(played.seconds, 'notes/off')];
  }

  for (const rate of [1, 1.5]) {
    it(`gives the samples that the same notes give over OSC, at a rate of ${rate}`, async () => {
      const { sound, told } = await playFile(rate);
      assert.deepEqual(told, []);
      const sent = await playMessages(playedPatch(bundle), messages(rate), options);
      assert.deepEqual(sent.sound, sound);
      assert.ok(sound.some((x) => x !== 0));
      for (const blocks of [[512], [33, 256, 1]]) {
        assert.deepEqual((await playFile(rate, blocks)).sound, sound);
      }
    });
  }

  it('is heard: another speed is another sound', async () => {
    assert.notDeepEqual((await playFile(1.5)).sound, (await playFile(1)).sound);
  });

  it('does not start with a file that is not there', async () => {
    const patch = playedPatch(bundle, { type: 'midi-file', settings: { file: folder.path('none.mid') } });
    await assert.rejects(playMessages(patch, [], options), { code: 'ENGINE_MIDI_FILE' });
  });
});
