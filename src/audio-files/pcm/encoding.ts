/** How a sample is written down: what stands between bytes and amplitudes. */

export type SampleKind = 'unsigned' | 'signed' | 'float' | 'mu-law' | 'a-law';

export interface SampleEncoding {
  readonly kind: SampleKind;
  /** Bytes from one sample of a frame to the next. */
  readonly bytes: number;
  /** Bytes that hold the value, from `skip` on; the others are padding. */
  readonly valueBytes: number;
  readonly skip: number;
  readonly isBigEndian: boolean;
}

/** Amplitude of the sample that begins at `at`. */
export type SampleAt = (view: DataView, at: number) => number;

/** Undefined for what is not read here. */
export function sampleReader(encoding: SampleEncoding): SampleAt | undefined {
  const { kind, valueBytes, skip, isBigEndian } = encoding;
  const isLittle = !isBigEndian;
  if (kind === 'mu-law') return tabulated(muLaw);
  if (kind === 'a-law') return tabulated(aLaw);
  if (kind === 'float') {
    if (valueBytes === 4) return (view, at) => view.getFloat32(at + skip, isLittle);
    if (valueBytes === 8) return (view, at) => view.getFloat64(at + skip, isLittle);
    return undefined;
  }
  if (kind === 'unsigned') {
    return valueBytes === 1 ? (view, at) => (view.getUint8(at + skip) - 128) / 128 : undefined;
  }
  switch (valueBytes) {
    case 1:
      return (view, at) => view.getInt8(at + skip) / 128;
    case 2:
      return (view, at) => view.getInt16(at + skip, isLittle) / 32_768;
    case 3:
      return isLittle
        ? (view, at) => ((view.getInt8(at + skip + 2) << 16) | view.getUint16(at + skip, true)) / 8_388_608
        : (view, at) => ((view.getInt16(at + skip, false) << 8) | view.getUint8(at + skip + 2)) / 8_388_608;
    case 4:
      return (view, at) => view.getInt32(at + skip, isLittle) / 2_147_483_648;
    default:
      return undefined;
  }
}

function tabulated(law: (code: number) => number): SampleAt {
  const table = Float64Array.from({ length: 256 }, (_, code) => law(code));
  return (view, at) => table[view.getUint8(at)]!;
}

/** ITU-T G.711. */
function muLaw(code: number): number {
  const bits = ~code & 0xff;
  const size = (((bits & 15) * 2 + 33) << ((bits >> 4) & 7)) - 33;
  return ((bits & 0x80) === 0 ? size : -size) / 8192;
}

function aLaw(code: number): number {
  const bits = code ^ 0x55;
  const segment = (bits >> 4) & 7;
  const step = (bits & 15) * 2 + 1;
  const size = segment === 0 ? step : (step + 32) << (segment - 1);
  return ((bits & 0x80) === 0 ? -size : size) / 4096;
}
