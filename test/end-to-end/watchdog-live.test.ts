/** A whole engine whose model falls into noise: an OSC client hears of it, and the sound comes back. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { filter, firstValueFrom } from 'rxjs';
import { writeBundle } from '../../models/bundle/write.js';
import { createOscClient, type OscMessage } from '../../src/osc/index.js';
import { statusWhere } from '../support/engine-status.js';
import { LIVE_TEST_MS, PATIENCE_MS } from '../support/patience.js';
import { runawayBundleParts } from '../support/runaway-bundle.js';
import { startCli } from '../support/start-cli.js';
import { useTempFolder } from '../support/temp-folder.js';

function values({ args }: OscMessage): readonly unknown[] {
  return args.map((arg) => 'value' in arg && arg.value);
}

describe('a live engine whose model runs away', function () {
  this.timeout(LIVE_TEST_MS);
  const temp = useTempFolder();

  it('tells /event/watchdog and a warning, counts in the status, and is as quiet as before', async () => {
    const bundle = temp.path('noise');
    const { draft, tensors } = runawayBundleParts({ cause: 'noise', onsetFrames: 10_000 });
    await writeBundle(bundle, draft, tensors, '# Runs away\n');
    const preset = join(temp.path(), 'noise.json');
    const patch = {
      format: 'sashimi-live/patch',
      formatVersion: 1,
      title: 'Noise',
      nodes: [{ id: 'model', type: 'sashimi', settings: { bundle } }],
      output: 'model.audio',
    };
    await writeFile(preset, JSON.stringify(patch));
    const playing = startCli(['play', preset, '--sink', 'null', '--osc-port', '0'], temp.path());
    const [, port] = await playing.sees(/OSC on udp 127\.0\.0\.1:(\d+)/);
    const client = await createOscClient({ port: Number(port) });
    const events = (address: string) => client.messages$.pipe(filter((m) => m.address === address));
    const runaway = firstValueFrom(events('/event/watchdog'));
    const warning = firstValueFrom(
      events('/event/warning').pipe(filter((m) => values(m)[1] === 'MODEL_RUNAWAY')),
    );
    await client.request('/notify', [{ type: 'i', value: 1 }], '/done', PATIENCE_MS);

    // On a slow machine the first one may come before anybody listens.
    const [node, cause, count] = values(await runaway);
    assert.deepEqual([node, cause], ['model', 'noise']);
    assert.ok(Number(count) >= 1);
    const [source, , sentence] = values(await warning);
    assert.equal(source, 'model');
    assert.match(String(sentence), /the model ran away: it fell into noise/);

    // Meters show the last second, and the fade is part of the noise.
    const after = await statusWhere(client, ({ peakDb }) => Number(peakDb) < -40);
    assert.ok(Number(after.modelRunaways) >= Number(count));
    assert.equal(after.modelRunawayCauses, `${after.modelRunaways} noise`);
    await client.close();
    assert.equal(await playing.interrupt(), 0);
  });
});
