/** `sashimi render --input`: a take is played again from what was recorded of an input. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { renderToFile } from '../../src/cli/render-to-file.js';
import { readWav } from '../support/read-wav.js';
import { useTempFolder } from '../support/temp-folder.js';
import { floatWavOf } from '../support/wav-bytes.js';

describe('an input that was recorded', function () {
  this.timeout(240_000);
  const folder = useTempFolder();
  const patch = {
    format: 'sashimi-live/patch',
    formatVersion: 1,
    title: 'An ear',
    nodes: [{ id: 'ear', type: 'audio-in' }],
    edges: [],
    output: 'ear.audio',
  };
  const sine = (frame: number): number => 0.4 * Math.sin(frame * 0.03);

  const render = async (...inputs: { nodeId: string | undefined; file: string }[]) => {
    writeFileSync(folder.path('ear.json'), JSON.stringify(patch));
    writeFileSync(folder.path('take.wav'), floatWavOf(24_000, 48_000, sine));
    const out = folder.path('out.wav');
    await renderToFile(
      folder.path('ear.json'),
      {
        seconds: 0.25,
        seed: 1,
        out,
        bitDepth: '32f',
        sampleRate: 48_000,
        channels: 2,
        stepper: 'auto',
        plugins: [],
        inputs: inputs.map(({ nodeId, file }) => ({ nodeId, file: folder.path(file) })),
      },
      () => undefined,
    );
    return readWav(out);
  };

  it('is heard by the node that it is given to, or by all', async () => {
    for (const nodeId of ['ear', undefined]) {
      const { peak, rms } = await render({ nodeId, file: 'take.wav' });
      assert.ok(Math.abs(peak - 0.4) < 1e-3, `a peak of ${peak}`);
      assert.ok(Math.abs(rms - 0.4 / Math.SQRT2) < 0.01, `a level of ${rms}`);
    }
  });

  it('is silence where there is none', async () => {
    assert.equal((await render()).peak, 0);
  });

  it('is refused where nobody would hear it, or it cannot be read', async () => {
    await assert.rejects(render({ nodeId: 'mouth', file: 'take.wav' }), {
      code: 'CLI_USAGE',
      message: /expected a node audio-in "mouth" in the patch, but it has ear/,
    });
    await assert.rejects(render({ nodeId: 'ear', file: 'none.wav' }), { code: 'AUDIO_FILE_READ' });
  });
});
