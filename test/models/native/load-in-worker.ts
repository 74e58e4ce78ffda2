/** Worker of load.test.ts: steps a tiny model natively and posts its samples. */
import { parentPort } from 'node:worker_threads';
import { loadNative } from '../../../models/native/load.js';
import { createNativeStepper } from '../../../models/native/native-stepper.js';
import { tinyBundle } from '../../support/tiny-bundle.js';

const loaded = loadNative();
if (!loaded.ok) throw new Error(loaded.reason);
const out = new Float32Array(300);
const voice = createNativeStepper(tinyBundle(), loaded.addon).createVoice(8);
voice.stepBlock(out, 300, { temperature: 1, topP: 1, topK: 0 });
parentPort?.postMessage(out);
