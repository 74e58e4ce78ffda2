/** The tables of docs/performance.md that need no measurement: what a model must cost, by its sizes. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CoreLimits,
  type ModelSizes,
  packageRoot,
  parseManifest,
  stepFloor,
  type WeightFormat,
} from '../../../models/index.js';
import { markdownTable } from './markdown.js';

const formats: readonly WeightFormat[] = ['f32', 'bf16', 'int8', 'int4'];
const sampleRate = 16_000;

/** What the probe found on the machine that the kernel was written on: an AMD EPYC, one core, AVX-512. */
const exampleCore: CoreLimits = {
  macsPerSecond: 59e9,
  int16MacsPerSecond: 70e9,
  readRates: [
    { bytes: 16 * 2 ** 10, bytesPerSecond: 210e9 },
    { bytes: 512 * 2 ** 10, bytesPerSecond: 117e9 },
    { bytes: 4 * 2 ** 20, bytesPerSecond: 100e9 },
    { bytes: 12 * 2 ** 20, bytesPerSecond: 87e9 },
  ],
};

/** The model of the SaShiMi paper, as the official code trains it on piano and speech. */
const paperSizes: ModelSizes = {
  manifest: {
    architecture: {
      family: 'sashimi',
      dModel: 64,
      numLayers: 8,
      pool: [4, 4],
      expand: 2,
      ff: 2,
      unet: false,
      bidirectional: false,
      norm: 'layer',
      outputActivation: 'glu',
      ssm: {
        kind: 's4',
        conjugatePairs: 32,
        numSsm: 64,
        dtTransform: 'exp',
        realTransform: 'exp',
        discretisation: 'bilinear',
      },
    },
    quantiser: { kind: 'mu-law', levels: 256, startToken: 128 },
    sampleRate: 16_000,
    conditioning: [],
  },
};

/** Markdown: one table for the paper's model, one for the models of the zoo. */
export function predictedCost(): string {
  const zoo = parseManifest(
    readFileSync(join(packageRoot(), 'models', 'zoo', 'piano', 'model.json'), 'utf8'),
  );
  return [
    'The model of the paper (width 64, 8 layers, pools of 4 and 4, 32 conjugate pairs, 4.76 M parameters):',
    '',
    ...costTable(paperSizes),
    '',
    'The models of the zoo (width 32, 2 layers, pools of 4 and 4, 16 conjugate pairs, 0.38 M parameters):',
    '',
    ...costTable({ manifest: zoo }),
  ].join('\n');
}

function costTable(sizes: ModelSizes): string[] {
  const rows = formats.map((format) => {
    const floor = stepFloor(sizes, format, exampleCore);
    const kilobytes = (bytes: number): string => (bytes / 1e3).toFixed(0);
    return [
      format,
      (floor.macsPerSample / 1e3).toFixed(0),
      ...floor.tiers.map(({ bytesPerSample }) => kilobytes(bytesPerSample)),
      kilobytes(floor.bytesPerSample),
      floor.tiers.map(({ setBytes }) => (setBytes / 1e6).toFixed(2)).join(' + '),
      (floor.macSeconds * 1e6).toFixed(2),
      (floor.readSeconds * 1e6).toFixed(2),
      (1 / (floor.seconds * sampleRate)).toFixed(1),
    ];
  });
  const head = [
    'weights',
    'k multiply-adds',
    'kB tier 0',
    'kB tier 1',
    'kB tier 2',
    'kB in all',
    'kept, MB by tier',
    'us multiplying',
    'us reading',
    'times real time, at most',
  ];
  return markdownTable(head, rows);
}

const begin = '<!-- made by npm run docs -->';
const end = '<!-- end -->';

/** `text` with the part between the marks made anew. Throws when the marks are not there. */
export function withPredictedCost(text: string): string {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new RangeError('docs/performance.md has lost the marks of its tables.');
  return `${text.slice(0, from + begin.length)}\n\n${predictedCost()}\n\n${text.slice(to)}`;
}
