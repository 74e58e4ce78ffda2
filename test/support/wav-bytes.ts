/** WAV files of 32-bit float, made in memory: any channels, any rate. */
export function floatWav(channels: readonly Float32Array[], sampleRate: number): Buffer {
  const numFrames = channels[0]!.length;
  const length = 4 * numFrames * channels.length;
  const bytes = Buffer.alloc(44 + length);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(36 + length, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(3, 20);
  bytes.writeUInt16LE(channels.length, 22);
  bytes.writeUInt32LE(sampleRate, 24);
  bytes.writeUInt32LE(4 * channels.length * sampleRate, 28);
  bytes.writeUInt16LE(4 * channels.length, 32);
  bytes.writeUInt16LE(32, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(length, 40);
  for (let i = 0; i < numFrames; i++) {
    for (let c = 0; c < channels.length; c++) {
      bytes.writeFloatLE(channels[c]![i]!, 44 + 4 * (i * channels.length + c));
    }
  }
  return bytes;
}

/** `sound(frame)` on one channel. */
export function floatWavOf(numFrames: number, sampleRate: number, sound: (frame: number) => number): Buffer {
  return floatWav([Float32Array.from({ length: numFrames }, (_, i) => sound(i))], sampleRate);
}
