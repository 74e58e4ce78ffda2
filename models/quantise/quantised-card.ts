import type { BundleManifest } from '../bundle/types.js';
import type { ManifestDraft } from '../bundle/write.js';
import type { QuantisedFormat } from './quantise.js';

/** What was measured when a bundle was quantised. */
export interface QuantiseFigures {
  readonly format: QuantisedFormat;
  /** Of the weights file. */
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  readonly bitsPerSampleBefore: number;
  readonly bitsPerSampleAfter: number;
  /** The sound that bits per sample are of, in words. */
  readonly scoredOn: string;
  /** The sound that the rounding was calibrated on, in words; absent without calibration. */
  readonly calibratedOn?: string;
}

/** The manifest of the quantised bundle. The provenance of the original, and what it says of quality, stays its own. */
export function quantisedDraft(
  original: BundleManifest,
  name: string,
  figures: QuantiseFigures,
): ManifestDraft {
  const { format: _, formatVersion: __, weights, provenance, ...rest } = original;
  return {
    ...rest,
    name,
    description: `${original.description} (${figures.format} weights)`,
    provenance: {
      source: 'sashimi model quantize',
      quantisedFrom: original.name,
      quantisedFromSha256: weights.sha256,
      weights: figures.format,
      ...(figures.calibratedOn === undefined ? {} : { calibratedOn: figures.calibratedOn }),
      bitsPerSampleBefore: rounded(figures.bitsPerSampleBefore),
      bitsPerSampleAfter: rounded(figures.bitsPerSampleAfter),
      scoredOn: figures.scoredOn,
      ...Object.fromEntries(Object.entries(provenance).map(([key, value]) => [`original.${key}`, value])),
    },
  };
}

const FORMAT_WORDS: Readonly<Record<QuantisedFormat, string>> = {
  bf16: 'bfloat16, each weight rounded to the nearest',
  int8: '8-bit codes with a scale per output, each weight rounded to the nearest',
  int4: '4-bit codes with a scale per 32 inputs; embedding and decoder 8-bit',
};

/** README.md of a quantised bundle. */
export function quantisedCard(original: BundleManifest, figures: QuantiseFigures): string {
  const { bytesBefore, bytesAfter, bitsPerSampleBefore, bitsPerSampleAfter } = figures;
  return `# ${original.title}, ${figures.format}

${original.description}

Made by \`sashimi model quantize\` from the bundle \`${original.name}\`, weights SHA-256
\`${original.weights.sha256}\`. Training, data, consent and limits are those of the original: see its card.

Licence of the weights: ${original.licence}

## What was rounded

Matrices: ${FORMAT_WORDS[figures.format]}. Norms, biases, D, conditioning and the state space are float32 as they were${
    figures.calibratedOn === undefined
      ? '.'
      : `, but for
the biases of calibrated matrices, which take up the mean of the rounding errors. Calibrated on ${figures.calibratedOn}:
layer by layer, so that what comes out of each matrix changes least for the sound that goes in${original.conditioning.length > 0 ? ', conditioning dropped' : ''}.`
  }

The trained SSM parameters are left out, for no stepper needs them; \`sashimi model export\` needs the original.

## Measured

| | original | this bundle |
|---|---|---|
| weights | ${megabytes(bytesBefore)} | ${megabytes(bytesAfter)}, ${percentSmaller(bytesBefore, bytesAfter)} smaller |
| bits per sample | ${bitsPerSampleBefore.toFixed(4)} | ${bitsPerSampleAfter.toFixed(4)}, ${(bitsPerSampleAfter - bitsPerSampleBefore).toFixed(4)} worse |

Bits per sample on ${figures.scoredOn}${original.conditioning.length > 0 ? ', conditioning dropped' : ''}.
`;
}

export function percentSmaller(bytesBefore: number, bytesAfter: number): string {
  return `${(100 * (1 - bytesAfter / bytesBefore)).toFixed(1)} %`;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}

function rounded(bits: number): number {
  return Number(bits.toFixed(4));
}
