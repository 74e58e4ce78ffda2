import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { encodeMidiFile } from '../../../models/index.js';
import { readMidiFile } from '../../../src/engine/midi-files.js';
import { builtIn } from '../../../src/eval/material.js';
import { useTempFolder } from '../../support/temp-folder.js';

describe('MIDI files of patches', () => {
  const folder = useTempFolder();

  it('are read by path', async () => {
    const file = folder.path('a piece.mid');
    writeFileSync(file, encodeMidiFile(builtIn('lonely', 1)));
    assert.equal((await readMidiFile(file)).notes.length, 6);
  });

  it('are refused, with a code and the reason, when they are not there or are none', async () => {
    const refused = (file: string, code: string, message: RegExp) =>
      assert.rejects(readMidiFile(file), (error: { code: string; message: string }) => {
        assert.equal(error.code, code);
        assert.match(error.message, message);
        return true;
      });
    await refused(
      'no-such-piece',
      'ENGINE_MIDI_FILE',
      /"no-such-piece" does not exist: .*midi\/no-such-piece\.mid/,
    );
    await refused(folder.path('none.mid'), 'ENGINE_MIDI_FILE', /does not exist/);
    await refused(folder.path('.'), 'ENGINE_MIDI_FILE', /is no file/);
    const text = folder.path('text.mid');
    writeFileSync(text, 'MThd and then nothing');
    await refused(text, 'MODEL_MIDI', /./);
    const empty = folder.path('empty.mid');
    writeFileSync(empty, '');
    await refused(empty, 'MODEL_MIDI', /./);
    if (process.platform === 'linux') {
      const pipe = folder.path('pipe.mid');
      execFileSync('mkfifo', [pipe]);
      await refused(pipe, 'ENGINE_MIDI_FILE', /is no file/);
      await refused('/dev/zero', 'ENGINE_MIDI_FILE', /is no file/);
    }
  });
});
