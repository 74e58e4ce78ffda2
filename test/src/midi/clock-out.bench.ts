/** How late the pulses of the MIDI clock leave: node dist/test/src/midi/clock-out.bench.js */
import { setTimeout as sleep } from 'node:timers/promises';
import { attendClock } from '../../../src/midi/start-clock-worker.js';
import { createClockPage } from '../../../src/osc/index.js';

const seconds = 10;

for (const tempoBpm of [60, 120, 400]) {
  const clock = attendClock(createClockPage(), 48_000);
  clock.news$.subscribe(({ message }) => console.log(`${tempoBpm} bpm, ${seconds} s: ${message}`));
  clock.order({ kind: 'start', port: 'bench', tempoBpm });
  await sleep(seconds * 1000);
  clock.order({ kind: 'stop' });
  await sleep(100);
  await clock.close();
}
