import { modeSlots, tierWidth } from './layout.js';
import type { Bundle, BundleManifest, SashimiArchitecture, WeightFormat } from './types.js';

/** What one core can do at most. */
export interface CoreLimits {
  /** float32 multiply-adds per second, operands in registers. */
  readonly macsPerSecond: number;
  /** The same of int16 in pairs into int32. */
  readonly int16MacsPerSecond: number;
  /** Bytes per second of reading sets of `bytes` over and over, smallest first. */
  readonly readRates: readonly { readonly bytes: number; readonly bytesPerSecond: number }[];
}

/** A bundle, or as much of it as its sizes are. */
export interface ModelSizes {
  readonly manifest: Pick<BundleManifest, 'architecture' | 'quantiser' | 'sampleRate' | 'conditioning'>;
}

/** How a pass over the weights is used. */
export interface PassSharing {
  /** Voices that step together: each has a state of its own, all share weights and coefficients. */
  readonly voices: number;
  /** Frames of a voice that one pass over the weights serves: 1 when each depends on the last, more when priming. */
  readonly framesPerPass: number;
}

/** What one tier costs. */
export interface TierTraffic {
  readonly tier: number;
  /** Weights and coefficients, and the states of all voices: what the tier keeps in a cache. */
  readonly setBytes: number;
  /** Bytes that one sample of one voice moves, the tier's lower rate and the sharing included. */
  readonly bytesPerSample: number;
  /** Multiply-adds of the matrices, and of the state spaces. */
  readonly matrixMacsPerSample: number;
  readonly stateMacsPerSample: number;
  /** Of conditioning: a frame is projected once, or once per step of the tier where it has more. */
  readonly conditioningMacsPerSample: number;
}

export interface StepFloor {
  /** Of all tiers: matrices, state spaces and conditioning. */
  readonly macsPerSample: number;
  /** Of all tiers. */
  readonly bytesPerSample: number;
  readonly setBytes: number;
  readonly tiers: readonly TierTraffic[];
  /** Seconds per sample of one voice if nothing but arithmetic, or nothing but reading, took time. */
  readonly macSeconds: number;
  readonly readSeconds: number;
  /** The larger of the two: no stepper of this model is faster on this core. */
  readonly seconds: number;
}

/** Bytes of a weight and of its share of the scales: a scale per output for int8, per 32 inputs for int4. */
const bytesPerWeight: Readonly<Record<WeightFormat, number>> = { f32: 4, bf16: 2, int8: 1, int4: 0.5 };
const int4GroupInputs = 32;
const floatBytes = 4;

/**
 * A state space as a sum of complex modes, stepped in chunks of four frames (models/native/kernels/kernels.h). Per mode
 * and chunk: the pole and four output coefficients are read (those as bfloat16 beside quantised matrices), the state is
 * read and written, and there are 16 multiply-adds for the states, 8 for the outputs. Per channel and frame, on average:
 * 2.5 taps of the kernel inside the chunk, and the inputs and the free response that it remembers.
 */
const modes = {
  framesPerChunk: 4,
  coefficientBytes: { f32: 40, bf16: 24, int8: 24, int4: 24 },
  stateBytes: 16,
  macs: 24,
} as const;
const channel = { taps: 2.5, rememberedBytes: 17, keptBytes: 4 * 4, keptStateBytes: 7 * 4 } as const;
/** A complex float32. */
const keptStateBytes = 8;

/**
 * The least time that a sample of one voice of a model takes on a core, if its matrices were kept in `format`.
 *
 * Multiply-adds: one per weight and step of its tier, a pool's spread over its window, and the modes as above, whatever
 * form its state spaces have (the rank-one form needs more); norms, activations and the unpacking of weights are free.
 * Matrices of int8 and int4 count at the rate of int16 pairs, all else at that of float32. Conditioning is float32 always.
 * Bytes: each weight as often, with its scale; biases and norms as float32; modes as above. Activations stay in
 * registers or the first cache and are free. Each tier is read at the rate of the smallest probed set that holds it and all shallower tiers,
 * which step between two of its steps; a set larger than all probed ones at the rate of the largest.
 */
export function stepFloor(
  sizes: ModelSizes,
  format: WeightFormat,
  limits: CoreLimits,
  sharing: PassSharing = { voices: 1, framesPerPass: 1 },
): StepFloor {
  const tiers = stepTraffic(sizes, format, sharing);
  let setBytes = 0;
  let bytesPerSample = 0;
  let matrixMacs = 0;
  let floatMacs = 0;
  let readSeconds = 0;
  for (const tier of tiers) {
    setBytes += tier.setBytes;
    bytesPerSample += tier.bytesPerSample;
    matrixMacs += tier.matrixMacsPerSample;
    floatMacs += tier.stateMacsPerSample + tier.conditioningMacsPerSample;
    readSeconds += tier.bytesPerSample / readRate(limits, setBytes);
  }
  const hasCodes = format === 'int8' || format === 'int4';
  const matrixRate = hasCodes ? limits.int16MacsPerSecond : limits.macsPerSecond;
  const macSeconds = matrixMacs / matrixRate + floatMacs / limits.macsPerSecond;
  return {
    macsPerSample: matrixMacs + floatMacs,
    bytesPerSample,
    setBytes,
    tiers,
    macSeconds,
    readSeconds,
    seconds: Math.max(macSeconds, readSeconds),
  };
}

/** By tier; the embedding and the decoder belong to tier 0. */
export function stepTraffic(
  { manifest: { architecture, conditioning, quantiser, sampleRate } }: ModelSizes,
  format: WeightFormat,
  { voices, framesPerPass }: PassSharing,
): TierTraffic[] {
  const tiers: TierTraffic[] = [];
  let samplesPerStep = 1;
  for (let tier = 0; tier <= architecture.pool.length; tier++) {
    const width = tierWidth(architecture, tier);
    const pairs = pairsOf(architecture, tier);
    const numChannels = pairs * width;
    const numModes = numChannels * modeSlots(architecture);
    const coefficientBytes = modes.coefficientBytes[format];
    const pair = pairBytes(architecture, width, format);
    const pool = poolBytes(architecture, tier, format);
    const head =
      tier === 0 ? matrixBytes(quantiser.levels, width, format) + quantiser.levels * floatBytes : 0;
    const embedding = tier === 0 ? floatBytes * width : 0;
    const headWeights = tier === 0 ? quantiser.levels * width : 0;
    const poolWeights =
      2 * width * (architecture.pool[tier] === undefined ? 0 : tierWidth(architecture, tier + 1));
    const matrixMacs = pairs * pairWeights(architecture, width) + headWeights + poolWeights;
    const stateMacs = (numModes * modes.macs) / modes.framesPerChunk + numChannels * channel.taps;
    const weights = pairs * pair + head;
    let steering = 0;
    let steeringPerStep = 0;
    for (const { dim, rateHz } of conditioning) {
      steering += width * dim;
      steeringPerStep += width * dim * Math.min(1, (rateHz / sampleRate) * samplesPerStep);
    }
    const shared =
      (weights + pool.perStep + floatBytes * steeringPerStep) / framesPerPass +
      (numModes * coefficientBytes) / modes.framesPerChunk +
      numChannels * channel.taps * floatBytes;
    const own =
      (numModes * modes.stateBytes) / modes.framesPerChunk +
      numChannels * channel.rememberedBytes +
      embedding;
    tiers.push({
      tier,
      setBytes:
        weights +
        pool.kept +
        floatBytes * steering +
        numModes * (coefficientBytes + voices * keptStateBytes) +
        numChannels * (channel.keptBytes + voices * channel.keptStateBytes),
      bytesPerSample: (shared / voices + own) / samplesPerStep,
      matrixMacsPerSample: matrixMacs / samplesPerStep,
      stateMacsPerSample: stateMacs / samplesPerStep,
      conditioningMacsPerSample: steeringPerStep / samplesPerStep,
    });
    samplesPerStep *= architecture.pool[tier] ?? 1;
  }
  return tiers;
}

/** One (S4, FF) pair without its state space: output layer, feed-forward, biases, two norms. */
function pairBytes(
  { outputActivation, ff }: SashimiArchitecture,
  width: number,
  format: WeightFormat,
): number {
  const outputs = outputActivation === 'glu' ? 2 : 1;
  const matrices =
    matrixBytes(outputs * width, width, format) +
    matrixBytes(ff * width, width, format) +
    matrixBytes(width, ff * width, format);
  return matrices + floatBytes * width * (outputs + ff + 1 + 4);
}

function pairWeights({ outputActivation, ff }: SashimiArchitecture, width: number): number {
  return width * width * ((outputActivation === 'glu' ? 2 : 1) + 2 * ff);
}

/** Down and up pool below `tier`: used once per window, so that a step of the tier has its share. */
function poolBytes(
  architecture: SashimiArchitecture,
  tier: number,
  format: WeightFormat,
): { kept: number; perStep: number } {
  const pool = architecture.pool[tier];
  if (pool === undefined) return { kept: 0, perStep: 0 };
  const window = pool * tierWidth(architecture, tier);
  const deeper = tierWidth(architecture, tier + 1);
  const kept =
    matrixBytes(deeper, window, format) +
    matrixBytes(window, deeper, format) +
    floatBytes * (deeper + window);
  return { kept, perStep: kept / pool };
}

function matrixBytes(outputs: number, inputs: number, format: WeightFormat): number {
  const scales =
    format === 'int8' ? outputs : format === 'int4' ? outputs * Math.ceil(inputs / int4GroupInputs) : 0;
  return outputs * inputs * bytesPerWeight[format] + floatBytes * scales;
}

function pairsOf(architecture: SashimiArchitecture, tier: number): number {
  return architecture.numLayers * (architecture.unet && tier < architecture.pool.length ? 2 : 1);
}

function readRate({ readRates }: CoreLimits, setBytes: number): number {
  const rate = readRates.find(({ bytes }) => bytes >= setBytes) ?? readRates.at(-1);
  if (rate === undefined) throw new RangeError('Expected at least one read rate.');
  return rate.bytesPerSecond;
}

/** How the matrices of a bundle are kept: as the first quantised one. */
export function weightFormatOf({ tensors }: Bundle): WeightFormat {
  for (const { quantised } of tensors.values()) {
    if (quantised !== undefined) return quantised.format;
  }
  return 'f32';
}
