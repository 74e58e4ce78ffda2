/**
 * The engine process: what runs detached, and plays on when nothing else is left of us.
 * The audio worker loads its modules on its own thread while this one loads those of the control side.
 */
import { Worker } from 'node:worker_threads';

const audioWorker = new Worker(new URL('./audio-worker.js', import.meta.url), { name: 'audio' });
const { serveEngine } = await import('./serve-engine.js');
await serveEngine(audioWorker);
