import assert from 'node:assert/strict';
import { SinkHistory } from '../../../../src/cli/bench/latency/sink-history.js';
import { SinkLog } from '../../../../src/process/sink-log.js';

const sampleRate = 48_000;
const blockFrames = 48;

/** Frame n holds n on the left and -n on the right. */
function blockFrom(first: number): { channels: Float32Array[] } {
  const left = Float32Array.from({ length: blockFrames }, (_, i) => first + i);
  return { channels: [left, left.map((x) => -x)] };
}

/** A block each ms from 100 ms on; each is asked for `lateMs` after that and given 0.25 ms later. */
function play(log: SinkLog, from: number, to: number, lateMs = 0): void {
  for (let block = from; block < to; block++) {
    const askedMs = 100 + block + lateMs;
    log.write(blockFrom(block * blockFrames), blockFrames, block * blockFrames, askedMs, askedMs + 0.25, 24);
  }
}

describe('the history of a sink', () => {
  function open(capacityFrames = sampleRate / 10) {
    const log = new SinkLog(SinkLog.allocate(sampleRate, 2), 2);
    const reader = new SinkLog(log.memory, 2);
    return { log, history: new SinkHistory(reader, sampleRate, blockFrames, capacityFrames) };
  }

  it('carries frames and times from one thread to another', () => {
    const { log, history } = open();
    play(log, 0, 20);
    history.drain();
    const from = history.firstFrameAfter(110)!;
    assert.equal(from, 10 * blockFrames);
    const { firstFrame, channels } = history.stretch(from, 30);
    assert.equal(firstFrame, from - 30);
    assert.equal(channels[0]!.length, 20 * blockFrames - firstFrame);
    assert.deepEqual([channels[0]![0], channels[1]![29]], [from - 30, -(from - 1)]);
    assert.equal(history.givenMs(from), 110.25);
    assert.equal(history.firstFrameAfter(500), undefined);
  });

  it('tells when a frame is due: by the earliest requests, with what the driver holds', () => {
    const { log, history } = open();
    play(log, 0, 10);
    play(log, 10, 11, 0.7);
    history.drain();
    // Block 10 was asked for late: its frame 24 is due half a ms into it, and 24 frames of queue later.
    assert.ok(Math.abs(history.dueMs(10 * blockFrames + 24) - 111) < 1e-9);
    assert.equal(history.sinkLatencyFrames, 24);
    assert.throws(() => history.dueMs(11 * blockFrames), RangeError);
  });

  it('forgets what is older than its capacity, and keeps the rest many times around', () => {
    const { log, history } = open(500);
    for (let block = 0; block < 200; block += 5) {
      play(log, block, block + 5);
      history.drain();
    }
    const { firstFrame, channels } = history.stretch(199 * blockFrames, 100);
    assert.equal(firstFrame, 199 * blockFrames - 100);
    for (let i = 0; i < channels[0]!.length; i++) assert.equal(channels[0]![i], firstFrame + i);
  });

  it('says so when it was not read in time', () => {
    const { log, history } = open();
    play(log, 0, 3000);
    assert.throws(() => history.drain(), /not read in time/);
  });
});
