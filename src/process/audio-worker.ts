/** The audio worker: a thread that holds one live engine and its sink. */
import { parentPort, workerData } from 'node:worker_threads';
import { describeError } from '../engine/errors.js';
import type { AudioWorkerData, FromAudioWorker, ToAudioWorker } from './audio-link.js';
import { LiveAudio } from './live-audio.js';

const main = parentPort!;
const post = (message: FromAudioWorker): void => main.postMessage(message);
const audio = new LiveAudio(workerData as AudioWorkerData, post);

main.on('message', (message: ToAudioWorker) => {
  if (message.kind === 'load') void audio.load(message.id, message.patch, message.presetName);
  else
    void audio.close().finally(() => {
      post({ kind: 'closed' });
      main.close();
    });
});

audio.start().catch((error: unknown) => post({ kind: 'failed', failure: describeError(error, 'ENGINE_START') }));
