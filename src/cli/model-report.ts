/** What `model info` tells: numbers for machines, rows for people. */
import {
  type Bundle,
  type BundleManifest,
  chooseStepper,
  type ModelCost,
  modelCost,
  type SsmPaths,
  ssmPaths,
  whyNotRecurrent,
} from '../../models/index.js';

/** Sound made for the estimate of speed, after a warm-up of the same length. */
const estimateSeconds = 0.1;
const estimateBlock = 160;

export interface SpeedEstimate {
  readonly stepper: string;
  readonly instructionSet: string;
  /** Seconds of sound per second of one core of this machine; an estimate over a moment. */
  readonly realTimeFactor: number;
}

export type ModelReport = BundleManifest &
  ModelCost & {
    /** Null for a model that no stepper runs; `notPlayable` says why. */
    readonly speed: SpeedEstimate | null;
    readonly notPlayable: string | null;
    /** Layers by the form that the native and wasm steppers run. */
    readonly paths: SsmPaths;
  };

export async function reportModel(bundle: Bundle): Promise<ModelReport> {
  const { manifest } = bundle;
  const reason = whyNotRecurrent(manifest.architecture) ?? null;
  const speed = reason === null ? await estimateSpeed(bundle) : null;
  return {
    ...manifest,
    ...modelCost(bundle),
    speed: typeof speed === 'string' ? null : speed,
    notPlayable: typeof speed === 'string' ? speed : reason,
    paths: ssmPaths(bundle),
  };
}

function samplingText({ temperature, topP, topK, guidance = 1 }: BundleManifest['sampling']): string {
  const guided = guidance === 1 ? '' : `, guidance ${guidance}`;
  return `temperature ${temperature}, top-p ${topP}, top-k ${topK}${guided}`;
}

/** Or the sentence why no stepper takes the model. */
async function estimateSpeed(bundle: Bundle): Promise<SpeedEstimate | string> {
  try {
    const { stepper } = await chooseStepper(bundle, 'auto');
    const voice = stepper.createVoice(1);
    const out = new Float32Array(estimateBlock);
    const { sampling, sampleRate } = bundle.manifest;
    // Of as many samples as any block has, with frames for all of them.
    const conditioning = bundle.manifest.conditioning.map(
      ({ dim }) => new Float32Array((estimateBlock + 1) * dim),
    );
    const step = () => voice.stepBlock(out, estimateBlock, sampling, undefined, conditioning);
    const numBlocks = Math.ceil((estimateSeconds * sampleRate) / estimateBlock);
    for (let i = 0; i < numBlocks; i++) step();
    const startedMs = performance.now();
    for (let i = 0; i < numBlocks; i++) step();
    const elapsedMs = performance.now() - startedMs;
    const { kind, instructionSet } = stepper;
    const realTimeFactor = (numBlocks * estimateBlock * 1000) / sampleRate / elapsedMs;
    return { stepper: kind, instructionSet, realTimeFactor };
  } catch (error) {
    return (error as Error).message;
  }
}

export function reportRows(report: ModelReport): [string, string][] {
  const { architecture, quantiser, sampling, conditioning, tiers, speed, paths } = report;
  const { ssm } = architecture;
  const form = [
    architecture.family,
    architecture.unet ? 'unet' : 'plain',
    architecture.bidirectional ? 'bidirectional' : 'causal',
  ].join(', ');
  const isToken = architecture.family === 'sashimi' && !architecture.bidirectional;
  return [
    ['name', report.name],
    ['title', report.title],
    ['description', report.description],
    ['form', form],
    [
      'architecture',
      `width ${architecture.dModel}, ${architecture.numLayers} layers, pool ${architecture.pool.join(' x ') || 'none'}, expand ${architecture.expand}, ff ${architecture.ff}, ${architecture.norm} norm, ${architecture.outputActivation === 'glu' ? 'GLU' : 'no GLU'}`,
    ],
    [
      'state space',
      `${ssm.kind}, ${ssm.conjugatePairs} conjugate pairs, ${sharing(architecture)}, dt by ${ssm.dtTransform}, ${ssm.discretisation}`,
    ],
    ...(report.notPlayable === null
      ? ([['recurrence', `${paths.diagonal} layers diagonal, ${paths.rankOne} rank 1`]] as [string, string][])
      : []),
    ['parameters', String(report.parameters)],
    [
      'weights',
      `${(report.weightBytes / 1e6).toFixed(1)} MB in ${report.weights.format ?? 'f32'}, state of a voice ${(report.stateBytes / 1e6).toFixed(2)} MB`,
    ],
    ['sample rate', `${report.sampleRate} Hz`],
    ...tiers.map(({ tier, width, rateHz, stepMacs }): [string, string] => [
      `tier ${tier}`,
      `width ${width}, ${rateHz} steps/s, ${count(stepMacs)} multiply-adds each`,
    ]),
    [
      'cost per sample',
      `${count(report.macsPerSample)} multiply-adds in the mean, ${count(report.worstMacs)} at worst`,
    ],
    [
      'speed here',
      speed
        ? `about ${speed.realTimeFactor.toFixed(1)} times real time on one core (${speed.stepper}, ${speed.instructionSet})`
        : `not playable live: ${report.notPlayable}`,
    ],
    ...(isToken
      ? ([
          ['quantiser', `${quantiser.kind}, ${quantiser.levels} levels`],
          ['emphasis', String(report.emphasis ?? 'none')],
          ['sampling', samplingText(sampling)],
        ] as [string, string][])
      : []),
    ...conditioning.map(({ name, dim, rateHz, kind }): [string, string] => [
      `input ${name}`,
      `${dim} values, ${rateHz} Hz${kind ? `, ${kind}` : ''}`,
    ]),
    ...(conditioning.length > 0
      ? ([
          [
            'conditioning',
            `${count(report.conditioningMacsPerSample)} of the multiply-adds per sample, in the mean`,
          ],
        ] as [string, string][])
      : []),
    ['licence', report.licence],
    ...Object.entries(report.provenance).map(([key, value]): [string, string] => [key, String(value)]),
    ['sha256', report.weights.sha256],
  ];
}

function sharing({ ssm, dModel }: ModelReport['architecture']): string {
  if (ssm.numSsm >= dModel) return 'one per channel';
  return ssm.numSsm === 1 ? 'one for all channels' : `${ssm.numSsm} shared by the channels`;
}

function count(value: number): string {
  return value >= 1e6 ? `${(value / 1e6).toFixed(2)} M` : `${Math.round(value / 1000)} k`;
}
