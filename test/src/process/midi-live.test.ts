/** The audio worker, live: it says who listens, and plays what comes over the port that it is given for MIDI. */
import assert from 'node:assert/strict';
import { MessageChannel, Worker } from 'node:worker_threads';
import { filter, firstValueFrom } from 'rxjs';
import type { StampedMessage } from '../../../src/control/index.js';
import { StatusPage } from '../../../src/engine/status-page.js';
import { createClockPage } from '../../../src/osc/index.js';
import { type AudioHandle, attendAudioWorker } from '../../../src/process/audio-handle.js';
import { playDefaults } from '../../../src/process/index.js';
import { TapRing } from '../../../src/process/tap-ring.js';
import { playedPatch, writePlayedBundle } from '../../support/played-bundle.js';
import { useTempFolder } from '../../support/temp-folder.js';

describe('MIDI in the audio worker', function () {
  this.timeout(240_000);
  const folder = useTempFolder();
  let audio: AudioHandle;

  afterEach(() => audio.close());

  it('asks for the ports of a patch, and plays what they send', async () => {
    const bundle = folder.path('played');
    await writePlayedBundle(bundle);
    const worker = new Worker(new URL('../../../src/process/audio-worker.js', import.meta.url), {
      name: 'audio',
    });
    audio = attendAudioWorker(worker);
    const order = firstValueFrom(audio.news$.pipe(filter(({ kind }) => kind === 'midi')));
    const playing = firstValueFrom(audio.news$.pipe(filter(({ kind }) => kind === 'playing')));
    const failed = firstValueFrom(audio.news$.pipe(filter(({ kind }) => kind === 'failed')));
    const options = { ...playDefaults, preset: '', sink: { type: 'null' } as const };
    audio.begin({
      options,
      patch: playedPatch(bundle, { type: 'midi-in', settings: { port: 'piano', channel: 5 } }),
      presetName: 'a test',
      masterGainDb: 0,
      muted: false,
      statusPage: new StatusPage().memory,
      clock: createClockPage(),
      tapRing: TapRing.allocate(4800, options.channels),
    });
    failed.then(
      (news) => assert.fail(JSON.stringify(news)),
      () => undefined,
    );
    assert.deepEqual(await order, {
      kind: 'midi',
      order: {
        kind: 'listen',
        id: 1,
        request: { nodeId: 'keys', port: 'piano', channel: 5, hasClock: false },
      },
    });
    await playing;
    const { port1, port2 } = new MessageChannel();
    audio.connectControl(port2);
    const applied = firstValueFrom(audio.news$.pipe(filter(({ kind }) => kind === 'applied')));
    const message = { kind: 'action', nodeId: 'keys', name: 'note', args: [60, 100] } as const;
    port1.postMessage([{ frame: 0, message }] satisfies StampedMessage[]);
    assert.deepEqual(await applied, { kind: 'applied', messages: [message] });
    port1.close();
  });
});
