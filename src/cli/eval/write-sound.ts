import { WavWriter } from '../../../nodes/index.js';
import { DETECTOR_RATE } from '../../eval/note-spectra.js';
import { packageVersion } from '../../version.js';

/** Mono, 16 bits; `comment` says what made it. Rejects with SINK_PATH or SINK_WRITE. */
export async function writeSound(
  path: string,
  sound: Float32Array,
  comment: string,
  sampleRate = DETECTOR_RATE,
): Promise<void> {
  const info = { software: `sashimi-live ${packageVersion()}`, comment };
  const writer = WavWriter.open({ path, info, seed: 1, mode: 'offline' });
  try {
    writer.begin({ sampleRate, channels: 1, sampleFormat: '16' });
    writer.write({ channels: [sound] }, sound.length);
  } finally {
    await writer.close();
  }
}
