/** The real thread: it counts its pulses whether or not a port hears them. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClockNews } from '../../../src/midi/clock-protocol.js';
import { attendClock } from '../../../src/midi/start-clock-worker.js';
import { createClockPage } from '../../../src/osc/index.js';

describe('the MIDI clock that is sent', function () {
  this.timeout(240_000);

  it('starts, changes its tempo, stops, and says how late its pulses were', async () => {
    const clock = attendClock(createClockPage(), 48_000);
    const news: ClockNews[] = [];
    clock.news$.subscribe((one) => news.push(one));
    clock.order({ kind: 'stop' });
    clock.order({ kind: 'start', port: 'no such port', tempoBpm: 120 });
    clock.order({ kind: 'tempo', tempoBpm: 400 });
    while (news.length === 0) {
      await sleep(300);
      clock.order({ kind: 'stop' });
      await sleep(100);
      clock.order({ kind: 'continue' });
    }
    const sentence =
      /^The MIDI clock sent \d+ pulses, \d+\.\d\d ms late in the mean, \d+\.\d\d at the worst\.$/;
    assert.match(news[0]!.message, sentence);
    await clock.close();
  });

  it('ends without having begun', async () => {
    await attendClock(createClockPage(), 48_000).close();
  });
});
