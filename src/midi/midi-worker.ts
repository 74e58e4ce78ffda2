/** The MIDI worker thread: the ports, and nothing that could keep a note waiting. */
import { parentPort, workerData } from 'node:worker_threads';
import { FLUSH_MS } from '../binding/index.js';
import type { StampedMessage } from '../control/messages.js';
import { monotonicMs } from '../osc/monotonic.js';
import { createMidiSystem } from './midi-system.js';
import { MidiWork } from './midi-work.js';
import type { FromMidiWorker, MidiWorkerData, ToMidiWorker } from './worker-protocol.js';

const POLL_MS = 1000;

function main(main: NonNullable<typeof parentPort>, { audioPort }: MidiWorkerData): void {
  const post = (message: FromMidiWorker): void => main.postMessage(message);
  const work = new MidiWork(createMidiSystem(), {
    toAudio(message) {
      const batch: StampedMessage[] = [{ frame: 0, message }];
      audioPort.postMessage(batch);
    },
    post,
    nowMs: monotonicMs,
  });
  const polling = setInterval(() => work.poll(), POLL_MS);
  const flushing = setInterval(() => work.flush(), FLUSH_MS);
  main.on('message', (message: ToMidiWorker) => {
    if (message.kind !== 'close') {
      work.order(message);
      return;
    }
    clearInterval(polling);
    clearInterval(flushing);
    work.close();
    audioPort.close();
    main.close();
  });
}

if (parentPort !== null) main(parentPort, workerData as MidiWorkerData);
