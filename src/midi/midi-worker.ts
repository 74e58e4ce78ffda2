/** The MIDI worker thread: the ports, and nothing that could keep a note waiting. */
import { parentPort, workerData } from 'node:worker_threads';
import type { ControlMessage, StampedMessage } from '../control/messages.js';
import { monotonicMs } from '../osc/monotonic.js';
import { MidiPorts } from './midi-ports.js';
import { createMidiSystem } from './midi-system.js';
import type { MidiNews, MidiWorkerData, ToMidiWorker } from './worker-protocol.js';

const POLL_MS = 1000;

function main(main: NonNullable<typeof parentPort>, { audioPort }: MidiWorkerData): void {
  const ports = new MidiPorts(createMidiSystem(), {
    toAudio(message: ControlMessage) {
      const batch: StampedMessage[] = [{ frame: 0, message }];
      audioPort.postMessage(batch);
    },
    tell: (news: MidiNews) => main.postMessage(news),
    nowMs: monotonicMs,
  });
  const polling = setInterval(() => ports.poll(), POLL_MS);
  main.on('message', (message: ToMidiWorker) => {
    if (message.kind !== 'close') {
      ports.order(message);
      return;
    }
    clearInterval(polling);
    ports.close();
    audioPort.close();
    main.close();
  });
}

if (parentPort !== null) main(parentPort, workerData as MidiWorkerData);
