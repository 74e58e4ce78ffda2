import assert from 'node:assert/strict';
import { ClockReader, type ClockReading, ClockWriter, createClockPage } from '../../../src/osc/clock-page.js';
import { createFrameClock, MAX_AHEAD_MS } from '../../../src/osc/frame-clock.js';
import { monotonicMs } from '../../../src/osc/monotonic.js';
import { unixMsToTimeTag } from '../../../src/osc/time-tag.js';
import { createWallClock, type WallClock } from '../../../src/osc/wall-clock.js';
import { seededRandom } from '../../support/random.js';

const reading = (): ClockReading => ({ frame: 0, timeMs: 0, framesPerMs: 0, publications: 0 });

/** The frame that a page names for a time. */
function frameAt(page: SharedArrayBuffer, timeMs: number): number {
  const out = reading();
  assert.ok(new ClockReader(page).read(out));
  return out.frame + (timeMs - out.timeMs) * out.framesPerMs;
}

describe('clock page', () => {
  it('tells nothing before the first block', () => {
    assert.equal(new ClockReader(createClockPage()).read(reading()), false);
  });

  it('maps times to frames exactly when blocks come exactly', () => {
    const page = createClockPage();
    const writer = new ClockWriter(page, 48_000);
    for (let n = 0; n < 1000; n++) writer.publish(n * 256, 5000 + (n * 256) / 48);
    assert.ok(Math.abs(frameAt(page, 5000 + 10_000) - 480_000) < 1e-3);
  });

  it('follows a device that runs off by 100 ppm through 2 ms of jitter, to a fifth of a millisecond', () => {
    const page = createClockPage();
    const writer = new ClockWriter(page, 48_000);
    const framesPerMs = 48 * 1.0001;
    const random = seededRandom(3);
    let nowMs = 0;
    let worst = 0;
    for (let n = 0; n < 22_500; n++) {
      nowMs = 1000 + (n * 256) / framesPerMs;
      writer.publish(n * 256, nowMs + random() * 2);
      if (n > 11_250) {
        // Jitter of 0 to 2 ms delays the mapping by its mean, 1 ms: constant, so inaudible.
        const expected = (nowMs + 500 - 1000 - 1) * framesPerMs;
        worst = Math.max(worst, Math.abs(frameAt(page, nowMs + 500) - expected));
      }
    }
    assert.ok(worst < 9.6, `${worst} frames`);
  });

  it('starts anew after a break in the stream', () => {
    const page = createClockPage();
    const writer = new ClockWriter(page, 48_000);
    for (let n = 0; n < 100; n++) writer.publish(n * 480, n * 10);
    writer.publish(100 * 480, 5000);
    assert.ok(Math.abs(frameAt(page, 5000) - 48_000) < 1e-6);
  });

  it('does not read half of a write', () => {
    const page = createClockPage();
    const writer = new ClockWriter(page, 48_000);
    writer.publish(480, 10);
    // What a reader sees while the writer is between its first and its last store.
    const sequence = new Int32Array(page);
    Atomics.add(sequence, 0, 1);
    assert.equal(new ClockReader(page).read(reading()), false);
    Atomics.add(sequence, 0, 1);
    assert.equal(new ClockReader(page).read(reading()), true);
  });
});

describe('wall clock', () => {
  it('finds the offset between the clocks to the precision of the steady one', () => {
    // A steady clock that moves 7 us per reading; a wall clock 123456.789 ms ahead that shows whole ms.
    let steadyMs = 50;
    const readSteady = (): number => {
      steadyMs += 0.007;
      return steadyMs;
    };
    const clock = createWallClock(() => Math.floor(steadyMs + 123_456.789), readSteady);
    assert.ok(Math.abs(clock.toMonotonicMs(200_000) - (200_000 - 123_456.789)) < 0.02);
  });

  it('follows when the clock is set', () => {
    let steadyMs = 0;
    let offsetMs = 1000;
    const readSteady = (): number => {
      steadyMs += 0.01;
      return steadyMs;
    };
    const clock = createWallClock(() => Math.floor(steadyMs + offsetMs), readSteady);
    offsetMs = 9000;
    clock.measure();
    assert.ok(Math.abs(clock.toMonotonicMs(10_000) - 1000) < 0.05);
  });

  it('agrees with the real clocks to their precision', () => {
    const clock = createWallClock();
    const beforeMs = monotonicMs();
    const ms = clock.toMonotonicMs(Date.now());
    const afterMs = monotonicMs();
    // The wall clock shows whole ms.
    assert.ok(ms > beforeMs - 10 && ms < afterMs + 10, `${ms} between ${beforeMs} and ${afterMs}`);
  });
});

describe('frame clock', () => {
  const wall: WallClock = { measure: () => undefined, toMonotonicMs: (unixMs) => unixMs - 1_700_000_000_000 };
  const nowMs = 20_000;
  function running() {
    const page = createClockPage();
    const writer = new ClockWriter(page, 48_000);
    for (let n = 0; n <= 4000; n++) writer.publish(n * 240, n * 5);
    return createFrameClock(new ClockReader(page), wall, () => nowMs);
  }
  const tagAt = (ms: number) => unixMsToTimeTag(1_700_000_000_000 + ms);

  it('names the frame of a time ahead', () => {
    for (const aheadMs of [0.5, 1, 250, 500, 59_999.25]) {
      const stamp = running().stamp(tagAt(nowMs + aheadMs));
      assert.ok(stamp.ok && stamp.warning === undefined);
      assert.ok(Math.abs(stamp.frame - (nowMs + aheadMs) * 48) <= 1, `${stamp.frame}`);
      assert.ok(Math.abs(stamp.delayMs - aheadMs) < 0.01);
    }
  });

  it('applies immediate tags at the next tick, without a word', () => {
    for (const fraction of [0, 1])
      assert.deepEqual(running().stamp({ seconds: 0, fraction }), { ok: true, frame: 0, delayMs: 0 });
  });

  it('applies late bundles at once and says how late', () => {
    const stamp = running().stamp(tagAt(nowMs - 12.5));
    assert.ok(stamp.ok);
    assert.equal(stamp.frame, 0);
    assert.equal(stamp.warning?.code, 'OSC_LATE');
    assert.match(stamp.warning.message, /12\.5 ms/);
  });

  it('refuses what lies too far ahead', () => {
    const stamp = running().stamp(tagAt(nowMs + MAX_AHEAD_MS + 1000));
    assert.ok(!stamp.ok);
    assert.equal(stamp.refusal.code, 'OSC_TOO_FAR_AHEAD');
    assert.ok(running().stamp(tagAt(nowMs + MAX_AHEAD_MS - 1000)).ok);
  });

  it('says so when the audio clock does not run', () => {
    const clock = createFrameClock(new ClockReader(createClockPage()), wall, () => nowMs);
    const stamp = clock.stamp(tagAt(nowMs + 100));
    assert.ok(stamp.ok);
    assert.equal(stamp.frame, 0);
    assert.equal(stamp.warning?.code, 'OSC_NO_CLOCK');
  });
});
