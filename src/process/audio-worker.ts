/** The audio worker: a thread that holds one live engine and its sink. It loads its modules, rehearses, then waits for the start. */
import { parentPort } from 'node:worker_threads';
import { createNodeRegistry } from '../container/node-registry.js';
import { describeError } from '../engine/errors.js';
import { rehearse } from '../engine/rehearse.js';
import type { FromAudioWorker, ToAudioWorker } from './audio-link.js';
import { LiveAudio } from './live-audio.js';

const main = parentPort!;
const post = (message: FromAudioWorker): void => main.postMessage(message);
const audio = new LiveAudio(post);

// What comes meanwhile waits.
await rehearse(createNodeRegistry());
main.on('message', (message: ToAudioWorker) => {
  switch (message.kind) {
    case 'begin':
      audio.begin(message.start).catch((error: unknown) => {
        post({ kind: 'failed', failure: describeError(error, 'ENGINE_START') });
      });
      break;
    case 'osc':
      audio.listen(message.port, message.paramRing);
      break;
    case 'control':
      audio.listenToControl(message.port);
      break;
    case 'load':
      void audio.load(message.id, message.patch, message.presetName, message.fadeMs);
      break;
    case 'edit':
      void audio.edit(message.id, message.edit, message.frame);
      break;
    case 'voice':
      void audio.voices(message.id, (engine) => engine.startVoice(message.order));
      break;
    case 'voices-ready': {
      const { id, presetName, patch, count } = message;
      void audio.voices(id, (engine) => engine.keepVoicesReady(presetName, patch, count));
      break;
    }
    case 'close':
      void audio.close().finally(() => {
        post({ kind: 'closed' });
        main.close();
      });
      break;
  }
});
