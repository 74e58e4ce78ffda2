/** Vorbis I, one packet after the other. */
import type { SoundBlock } from '../audio-reader.js';
import type { PacketCodec } from '../ogg/ogg-decoder.js';
import { InverseMdct } from './inverse-mdct.js';
import { bitsOf, PacketBits } from './packet-bits.js';
import type { VorbisInfo, VorbisMapping, VorbisSetup } from './setup.js';

export class VorbisCodec implements PacketCodec {
  readonly description = 'Ogg Vorbis';
  readonly sampleRate: number;
  readonly channels: number;
  readonly skipFrames = 0;
  readonly preRollFrames = 0;
  readonly #bits = new PacketBits();
  readonly #transforms: readonly [InverseMdct, InverseMdct];
  readonly #slopes: readonly [Float64Array, Float64Array];
  readonly #spectra: Float64Array[];
  readonly #curves: Float64Array[];
  readonly #waves: Float64Array[];
  /** The second halves of the packet before, under its window; `#lastSize` is its size, 0 where there is none. */
  readonly #tails: Float64Array[];
  #lastSize = 0;
  readonly #isSilent: boolean[];
  readonly #scratch: Float64Array;
  readonly #block: SoundBlock;

  constructor(
    private readonly info: VorbisInfo,
    private readonly setup: VorbisSetup,
  ) {
    const { channels, sampleRate, blockSizes } = info;
    const [, long] = blockSizes;
    this.channels = channels;
    this.sampleRate = sampleRate;
    this.#transforms = [new InverseMdct(blockSizes[0]), new InverseMdct(blockSizes[1])];
    this.#slopes = [slope(blockSizes[0] / 2), slope(blockSizes[1] / 2)];
    const perChannel = (length: number): Float64Array[] =>
      Array.from({ length: channels }, () => new Float64Array(length));
    this.#spectra = perChannel(long / 2);
    this.#curves = perChannel(long / 2);
    this.#waves = perChannel(long);
    this.#tails = perChannel(long / 2);
    this.#isSilent = Array.from({ length: channels }, () => false);
    this.#scratch = new Float64Array((long / 2) * channels);
    this.#block = {
      channels: Array.from({ length: channels }, () => new Float32Array(long / 2)),
      numFrames: 0,
    };
  }

  async restart(): Promise<void> {
    this.#lastSize = 0;
  }

  decode(packet: Uint8Array): SoundBlock | undefined {
    const bits = this.#bits;
    bits.begin(packet);
    const { modes, mappings } = this.setup;
    if (packet.length === 0 || bits.take(1) !== 0) return undefined;
    const mode = modes[bits.take(bitsOf(modes.length - 1))];
    if (mode === undefined) return undefined;
    const isBeforeLong = mode.isLong ? bits.take(1) === 1 : false;
    const isAfterLong = mode.isLong ? bits.take(1) === 1 : false;
    if (bits.isOver) return undefined;
    this.#decodeSpectra(mappings[mode.mapping]!, this.info.blockSizes[mode.isLong ? 1 : 0] / 2);
    this.#overlap(mode.isLong, isBeforeLong, isAfterLong);
    return this.#block;
  }

  #decodeSpectra({ couplings, submapOf, submaps }: VorbisMapping, size: number): void {
    const { books, floors, residues } = this.setup;
    const isSilent = this.#isSilent;
    const { channels } = this;
    const hasFloor: boolean[] = [];
    for (let c = 0; c < channels; c++) {
      const floor = floors[submaps[submapOf[c]!]!.floor]!;
      hasFloor[c] = floor.decode(this.#bits, books, this.#curves[c]!, size);
      isSilent[c] = !hasFloor[c];
      this.#spectra[c]!.fill(0, 0, size);
    }
    for (const { magnitude, angle } of couplings) {
      if (!isSilent[magnitude] || !isSilent[angle]) isSilent[magnitude] = isSilent[angle] = false;
    }
    for (const [s, { residue }] of submaps.entries()) {
      const spectra = this.#spectra.filter((_, c) => submapOf[c] === s);
      const silent = isSilent.filter((_, c) => submapOf[c] === s);
      if (spectra.length === 0) continue;
      residues[residue]!.decode(this.#bits, books, spectra, silent, size, this.#scratch);
    }
    for (let i = couplings.length - 1; i >= 0; i--) {
      decouple(this.#spectra[couplings[i]!.magnitude]!, this.#spectra[couplings[i]!.angle]!, size);
    }
    for (let c = 0; c < channels; c++) {
      const spectrum = this.#spectra[c]!;
      const curve = this.#curves[c]!;
      for (let i = 0; i < size; i++) spectrum[i] = hasFloor[c] ? spectrum[i]! * curve[i]! : 0;
    }
  }

  /** Adds the first half of this packet to the second of the one before: from the middle of that to the middle of this. */
  #overlap(isLong: boolean, isBeforeLong: boolean, isAfterLong: boolean): void {
    const size = this.info.blockSizes[isLong ? 1 : 0];
    const half = size / 2;
    const frames = this.#lastSize === 0 ? 0 : this.#lastSize / 4 + size / 4;
    const shift = size / 4 - this.#lastSize / 4;
    for (let c = 0; c < this.channels; c++) {
      const wave = this.#waves[c]!;
      const tail = this.#tails[c]!;
      const out = this.#block.channels[c]!;
      this.#transforms[isLong ? 1 : 0].transform(this.#spectra[c]!, wave);
      this.#rise(wave, half, isLong && isBeforeLong);
      this.#fall(wave, half, isLong && isAfterLong);
      for (let i = 0; i < frames; i++) {
        const before = i < this.#lastSize / 2 ? tail[i]! : 0;
        const at = i + shift;
        out[i] = before + (at >= 0 ? wave[at]! : 0);
      }
      for (let i = 0; i < half; i++) tail[i] = wave[half + i]!;
    }
    this.#block.numFrames = frames;
    this.#lastSize = size;
  }

  /** Windows [0, half): where the packet before is short, the slope is, too, in the middle. */
  #rise(wave: Float64Array, half: number, isSlopeLong: boolean): void {
    const slope = this.#slopes[isSlopeLong ? 1 : 0];
    const start = (half - slope.length) / 2;
    wave.fill(0, 0, start);
    for (let i = 0; i < slope.length; i++) wave[start + i] = wave[start + i]! * slope[i]!;
  }

  #fall(wave: Float64Array, half: number, isSlopeLong: boolean): void {
    const slope = this.#slopes[isSlopeLong ? 1 : 0];
    const start = half + (half - slope.length) / 2;
    for (let i = 0; i < slope.length; i++) {
      wave[start + i] = wave[start + i]! * slope[slope.length - 1 - i]!;
    }
    wave.fill(0, start + slope.length, 2 * half);
  }
}

function slope(length: number): Float64Array {
  return Float64Array.from({ length }, (_, i) =>
    Math.sin((Math.PI / 2) * Math.sin(((i + 0.5) * Math.PI) / (2 * length)) ** 2),
  );
}

/** From a greater one and a difference to two channels, in place. */
function decouple(magnitudes: Float64Array, angles: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) {
    const m = magnitudes[i]!;
    const a = angles[i]!;
    if (a > 0) {
      if (m > 0) angles[i] = m - a;
      else angles[i] = m + a;
      continue;
    }
    angles[i] = m;
    magnitudes[i] = m > 0 ? m + a : m - a;
  }
}
