import type { AudioFormat } from '../../../src/audio-files/index.js';
import { openAudioFile } from '../../../src/audio-files/index.js';

export interface WholeFile {
  readonly format: AudioFormat;
  readonly channels: readonly Float32Array[];
  readonly numFrames: number;
  readonly faults: readonly string[];
}

/** Everything in a file, read in pieces of an odd size. Rejects as opening does. */
export async function readAll(path: string, pieceFrames = 1000): Promise<WholeFile> {
  const reader = await openAudioFile(path);
  try {
    const piece = Array.from({ length: reader.format.channels }, () => new Float32Array(pieceFrames));
    const pieces: Float32Array[][] = [];
    for (;;) {
      const count = reader.read(piece, 0, pieceFrames);
      if (count === 0) break;
      pieces.push(piece.map((channel) => channel.slice(0, count)));
    }
    const numFrames = pieces.reduce((sum, [first]) => sum + first!.length, 0);
    const channels = piece.map((_, c) => {
      const whole = new Float32Array(numFrames);
      let at = 0;
      for (const channel of pieces) {
        whole.set(channel[c]!, at);
        at += channel[c]!.length;
      }
      return whole;
    });
    return { format: reader.format, channels, numFrames, faults: reader.faults.list };
  } finally {
    reader.close();
  }
}
