/** The thread that captures one input into a ring. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { arecord } from './arecord.js';
import { CaptureLoop, LOOK_MS } from './capture-loop.js';
import { InputRingWriter } from './input-ring.js';
import { portAudio } from './portaudio.js';
import { SoundIntake } from './sound-intake.js';
import type { InputTask } from './worker-protocol.js';

function main(port: MessagePort, { wish, ring }: InputTask): void {
  const writer = new InputRingWriter(ring);
  let intake: SoundIntake | undefined;
  const loop = new CaptureLoop([portAudio, arecord], wish, {
    opened: (format) => {
      intake = new SoundIntake(format, wish, writer);
    },
    sound: (bytes) => intake?.take(bytes),
    tell: (news) => port.postMessage(news),
  });
  const looking = setInterval(() => loop.look(), LOOK_MS);
  port.on('message', () => {
    clearInterval(looking);
    loop.stop();
    port.close();
  });
  loop.start();
}

main(parentPort as MessagePort, workerData as InputTask);
