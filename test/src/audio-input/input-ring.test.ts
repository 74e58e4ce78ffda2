import assert from 'node:assert/strict';
import { createInputRing, InputRingReader, InputRingWriter } from '../../../src/audio-input/input-ring.js';

const ramp = (from: number, count: number): Float32Array[] => [
  Float32Array.from({ length: count }, (_, i) => from + i),
  Float32Array.from({ length: count }, (_, i) => -from - i),
];

describe('the ring of an input', () => {
  const setUp = () => {
    const memory = createInputRing(1000);
    return { writer: new InputRingWriter(memory), reader: new InputRingReader(memory), memory };
  };
  const out = [new Float32Array(2048), new Float32Array(2048)];

  it('gives what was written, in order, past its end', () => {
    const { writer, reader } = setUp();
    for (let at = 0; at < 10_000; at += 300) {
      writer.write(ramp(at, 300), 300);
      assert.equal(reader.availableFrames, 300);
      assert.equal(reader.read(out, 1000), 300);
      assert.deepEqual([out[0]![0], out[0]![299], out[1]![299]], [at, at + 299, -at - 299]);
    }
  });

  it('begins for each reader with what comes next, and each has its own place', () => {
    const { writer, reader, memory } = setUp();
    writer.write(ramp(0, 100), 100);
    const second = new InputRingReader(memory);
    assert.equal(second.availableFrames, 0);
    writer.write(ramp(100, 50), 50);
    assert.equal(reader.availableFrames, 150);
    reader.skip(120);
    assert.equal(reader.read(out, 30), 30);
    assert.equal(out[0]![0], 120);
    assert.equal(second.read(out, 50), 50);
    assert.equal(out[0]![0], 100);
  });

  it('loses the oldest when a reader does not come', () => {
    const { writer, reader } = setUp();
    for (let at = 0; at < 6000; at += 500) writer.write(ramp(at, 500), 500);
    assert.equal(reader.availableFrames, 1024);
    reader.read(out, 1);
    assert.equal(out[0]![0], 6000 - 1024);
  });
});
