import assert from 'node:assert/strict';
import { PULSES_PER_BEAT, PulseTimes } from '../../../src/midi/pulse-times.js';
import type { ClockReading } from '../../../src/osc/clock-page.js';

/** An audio clock of 48 kHz that runs fast by `drift`; times in ms. */
function audioClock(drift: number) {
  let nowMs = 0;
  const framesPerMs = 48 * (1 + drift);
  return {
    at: (ms: number) => {
      nowMs = ms;
    },
    read: (reading: ClockReading) => {
      const timeMs = Math.floor(nowMs / 10) * 10;
      Object.assign(reading, { frame: timeMs * framesPerMs, timeMs, framesPerMs });
      return true;
    },
  };
}

describe('the pulses of a MIDI clock', () => {
  it('stay with the sound, whatever the audio clock does against that of the machine', () => {
    for (const drift of [0, 0.001, -0.002]) {
      const clock = audioClock(drift);
      const times = new PulseTimes(48_000, clock.read);
      times.setTempo(150);
      times.begin(1000);
      clock.at(1000);
      let dueMs = times.dueMs(1000);
      const firstMs = dueMs;
      const beats = 1000;
      for (let pulse = 0; pulse < beats * PULSES_PER_BEAT; pulse++) {
        clock.at(dueMs);
        times.advance();
        dueMs = times.dueMs(dueMs);
      }
      const expectedMs = (beats * 60_000) / 150 / (1 + drift);
      assert.ok(Math.abs(dueMs - firstMs - expectedMs) < 0.01, `${drift}: ${dueMs - firstMs} ${expectedMs}`);
    }
  });

  it('count by themselves while there is no sound', () => {
    const times = new PulseTimes(48_000, () => false);
    times.begin(0);
    const firstMs = times.dueMs(0);
    times.advance();
    assert.ok(Math.abs(times.dueMs(firstMs) - firstMs - 60_000 / 120 / 24) < 1e-9);
    times.setTempo(60);
    times.advance();
    assert.ok(Math.abs(times.dueMs(firstMs) - firstMs - 60_000 / 120 / 24 - 60_000 / 60 / 24) < 1e-9);
  });

  it('go on from now when the audio clock begins anew', () => {
    let frame = 1e6;
    const times = new PulseTimes(48_000, (reading) => {
      Object.assign(reading, { frame, timeMs: 5000, framesPerMs: 48, publications: 1 });
      return true;
    });
    times.begin(5000);
    assert.ok(Math.abs(times.dueMs(5000) - 5002) < 1e-6);
    frame = 0;
    assert.ok(Math.abs(times.dueMs(5001) - 5002) < 1e-6, 'where it was due before');
    times.advance();
    assert.ok(Math.abs(times.dueMs(5003) - 5002 - 60_000 / 120 / 24) < 1e-6);
    assert.equal(times.dueMs(60_000), 60_000, 'a machine that stood still sends no burst');
  });
});
