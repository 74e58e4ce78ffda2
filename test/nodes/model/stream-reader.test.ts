import assert from 'node:assert/strict';
import { DeEmphasis } from '../../../models/index.js';
import { StreamReader } from '../../../nodes/model/stream-reader.js';
import { FakeStream } from '../fake-model-streams.js';

const FADE = 20;

function setUp(lookAheadFrames: number) {
  const stream = new FakeStream({ lookAheadFrames, sound: (frame) => frame + 1 });
  const gaps: number[] = [];
  const reader = new StreamReader(stream, new DeEmphasis({}), FADE, (missing) => gaps.push(missing));
  const read = (numFrames: number): number[] => {
    const into = new Float32Array(numFrames);
    reader.read(into, numFrames);
    return [...into];
  };
  return { stream, reader, gaps, read };
}

describe('StreamReader', () => {
  it('hands on every frame once, in order, after the fade-in', () => {
    const { read, gaps } = setUp(0);
    const frames = [...read(FADE), ...read(1), ...read(0), ...read(29)];
    for (let i = FADE; i < 50; i++) assert.equal(frames[i], i + 1);
    assert.deepEqual(gaps, []);
  });

  it('counts a gap when it begins, with what was missing then, and not while it lasts', () => {
    const { stream, read, gaps } = setUp(100);
    read(50);
    stream.supply = 30;
    read(50);
    for (let i = 0; i < 10; i++) read(50);
    assert.deepEqual(gaps, [20]);
    stream.supply = Number.POSITIVE_INFINITY;
    read(50);
    assert.equal(read(50)[49], stream.frame);
    assert.deepEqual(gaps, [20]);
  });

  it('asks its gate first in every tick that waits, whether the stream is ready or not', () => {
    const told: string[] = [];
    let mayStart = false;
    const gate = {
      mayStart: () => {
        told.push('may it');
        return mayStart;
      },
      started: () => void told.push('started'),
    };
    const stream = new FakeStream({ lookAheadFrames: 100, sound: () => 1 });
    const reader = new StreamReader(stream, new DeEmphasis({}), FADE, () => undefined, gate);
    const into = new Float32Array(30);
    stream.supply = 0;
    reader.read(into, 30);
    stream.supply = 100;
    reader.read(into, 30);
    assert.equal(stream.supply, 100);
    mayStart = true;
    reader.read(into, 30);
    reader.read(into, 30);
    assert.equal(stream.supply, 40);
    assert.deepEqual(told, ['may it', 'may it', 'may it', 'started']);
  });

  it('takes nothing out of the ring until half of it is full', () => {
    const { stream, read } = setUp(100);
    stream.supply = 49;
    read(30);
    assert.equal(stream.supply, 49);
    stream.supply = 50;
    read(30);
    assert.equal(stream.supply, 20);
  });

  it('undoes the emphasis of what it reads, from silence on after a restart', () => {
    const stream = new FakeStream({ lookAheadFrames: 0, sound: () => 0.1 });
    const reader = new StreamReader(stream, new DeEmphasis({ emphasis: 0.5 }), 1, () => undefined);
    const read = (numFrames: number): Float32Array => {
      const into = new Float32Array(numFrames);
      reader.read(into, numFrames);
      return into;
    };
    const sum = (terms: number): number =>
      Array.from({ length: terms }, (_, k) => 0.1 * 0.5 ** k).reduce((a, b) => a + b);
    const first = read(9);
    for (let t = 1; t < 9; t++) assert.ok(Math.abs(first[t]! - sum(t + 1)) < 1e-6, `frame ${t}`);
    reader.restart(2);
    const again = read(9);
    for (let t = 1; t < 9; t++)
      assert.ok(Math.abs(again[t]! - sum(t + 1)) < 1e-6, `frame ${t} after the restart`);
  });

  it('waits after a restart, which is no gap', () => {
    const { stream, reader, read, gaps } = setUp(100);
    read(50);
    reader.restart(9);
    stream.supply = 10;
    read(50);
    assert.equal(stream.supply, 10);
    assert.deepEqual(stream.seeds, [9]);
    assert.deepEqual(gaps, []);
  });
});
