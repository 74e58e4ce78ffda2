import assert from 'node:assert/strict';
import { NaudiodonStream, naudiodon } from '../../../nodes/sinks/drivers/naudiodon.js';
import { findBinding, type PortAudioStream } from '../../../nodes/sinks/drivers/naudiodon-binding.js';

const format = { sampleRate: 48000, channels: 2, blockFrames: 4 };

/** Behaves as the addon: copies at once, answers when there is room. Here the test makes room. */
class FakeAddon implements PortAudioStream {
  readonly journal: string[] = [];
  readonly blocks: number[][] = [];
  private answer: ((said: string | undefined) => void) | undefined;
  private fail: ((error: Error) => void) | undefined;

  start(): void {
    this.journal.push('start');
  }

  write(chunk: Uint8Array): Promise<string | undefined> {
    this.journal.push('write');
    this.blocks.push([...new Float32Array(chunk.slice().buffer)]);
    return new Promise((resolve, reject) => {
      this.answer = resolve;
      this.fail = reject;
    });
  }

  async quit(how: string): Promise<void> {
    this.journal.push(`quit ${how}`);
  }

  async makeRoom(said?: string): Promise<void> {
    this.answer?.(said);
    await new Promise((resolve) => setImmediate(resolve));
  }

  async breakDown(): Promise<void> {
    this.fail?.(new Error('gone'));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function playing(): { addon: FakeAddon; stream: NaudiodonStream } {
  const addon = new FakeAddon();
  const stream = new NaudiodonStream(addon, format, 'fake');
  let frame = 1;
  stream.start(() => {
    const ramp = Float32Array.from({ length: 4 }, (_, i) => frame + i);
    stream.write({ channels: [ramp, ramp.map((x) => -x)] }, 4);
    frame += 4;
  });
  return { addon, stream };
}

describe('the naudiodon driver', () => {
  it('fills the queue before the device starts, one write at a time', async () => {
    const { addon, stream } = playing();
    assert.deepEqual(addon.journal, ['write']);
    await addon.makeRoom();
    await addon.makeRoom();
    assert.deepEqual(addon.journal, ['write', 'write', 'start', 'write']);
    assert.deepEqual(addon.blocks.slice(0, 2), [
      [1, -1, 2, -2, 3, -3, 4, -4],
      [5, -5, 6, -6, 7, -7, 8, -8],
    ]);
    await stream.close();
  });

  it('counts underflows and plays on', async () => {
    const { addon, stream } = playing();
    await addon.makeRoom();
    await addon.makeRoom();
    await addon.makeRoom('portAudio status - priming output ');
    await addon.makeRoom('portAudio status - output underflow ');
    assert.equal(stream.xruns, 1);
    assert.equal(addon.blocks.length, 5);
    await stream.close();
  });

  it('stops asking when the device breaks down, and when it is closed', async () => {
    const broken = playing();
    await broken.addon.breakDown();
    const { length } = broken.addon.blocks;
    await broken.addon.makeRoom();
    assert.equal(broken.addon.blocks.length, length);
    const { addon, stream } = playing();
    await Promise.all([stream.close(), stream.close()]);
    await addon.makeRoom();
    assert.deepEqual(addon.journal, ['write', 'quit ABORT']);
  });

  it('says why it cannot play, or can', async function () {
    this.timeout(240_000);
    const probe = await naudiodon.probe();
    if (probe.available) return;
    assert.notEqual(probe.reason, '');
    assert.match(probe.remedy, /\.$/);
    const found = findBinding();
    if (!('path' in found)) assert.equal(probe.reason, found.reason);
  });
});
