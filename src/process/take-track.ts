/** One sound of a take: from the ring that the audio thread fills to a WAV file. Control side. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { WavWriter } from '../../nodes/index.js';
import type { TapRing } from './tap-ring.js';

/** Read at once. */
const drainFrames = 4096;

export class TakeTrack {
  private readonly block: { readonly channels: readonly Float32Array[] };
  private readonly writer: WavWriter;

  /** Throws a coded error when the file cannot be made. */
  constructor(
    private readonly ring: TapRing,
    path: string,
    sampleRate: number,
    comment: string,
  ) {
    this.block = { channels: Array.from({ length: ring.channels }, () => new Float32Array(drainFrames)) };
    mkdirSync(dirname(path), { recursive: true });
    this.writer = WavWriter.open({
      path,
      info: { software: 'sashimi-live', comment },
      seed: 0,
      mode: 'offline',
    });
    this.writer.begin({ sampleRate, channels: ring.channels, sampleFormat: '32f' });
  }

  /** Writes what has come. Throws when the disk refuses. */
  drain(): void {
    const { ring, block, writer } = this;
    for (let n = ring.read(block, drainFrames); n > 0; n = ring.read(block, drainFrames)) {
      writer.write(block, n);
      if (writer.failure !== undefined) throw writer.failure;
    }
  }

  async close(): Promise<void> {
    await this.writer.close();
  }
}
