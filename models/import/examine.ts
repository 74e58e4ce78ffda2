import { whyNotRecurrent } from '../bundle/layout.js';
import type { Bundle } from '../bundle/types.js';
import { chooseStepper } from '../stream/choose-stepper.js';
import type { LayerCheck } from './layer-check.js';
import { type SmokeTest, smokeTest } from './smoke.js';

/** One thing that the checks found, for a person who wants to play the model. */
export interface Finding {
  readonly check: 'kernel' | 'stability' | 'path' | 'sound';
  readonly verdict: 'good' | 'doubtful' | 'bad';
  /** One or two sentences. */
  readonly text: string;
}

/** float32 coefficients move a kernel by up to 1e-4 of its size when it rings for long; wrong numbers move it by 1e-1 and more. */
const KERNEL_TOLERANCE = 1e-2;
/** Above it by more than what float32 rounding of poles near the unit circle explains, a mode grows. */
const RADIUS_TOLERANCE = 1e-6;
/** Told apart from silence, and from noise that knows no level. */
const QUIET_DB = -60;
const NOISE_BITS = 7;
const MAX_CLIPPED = 0.1;
const MAX_OFFSET = 0.1;

/** Looks at what an import made: the layers' checks, and a short generation. Never throws for what it finds. */
export async function examineImport(bundle: Bundle, layers: readonly LayerCheck[]): Promise<Finding[]> {
  const reason = whyNotRecurrent(bundle.manifest.architecture);
  if (reason !== undefined) {
    return [
      {
        check: 'sound',
        verdict: 'doubtful',
        text: `This is ${reason}, so it cannot be played live. Its parameters are kept as they are, and model info describes it.`,
      },
    ];
  }
  return [
    kernelFinding(layers),
    stabilityFinding(layers, bundle),
    ...pathFindings(layers),
    await soundFinding(bundle),
  ];
}

export function kernelFinding(layers: readonly LayerCheck[]): Finding {
  const worst = largest(layers, ({ kernelDifference }) => kernelDifference);
  const size = worst.kernelDifference.toExponential(1);
  // Negated, so that NaN is bad.
  if (!(worst.kernelDifference <= KERNEL_TOLERANCE)) {
    return {
      check: 'kernel',
      verdict: 'bad',
      text: `Layer ${worst.layer} does not ring as its parameters say: the two differ by ${size} of its size. The model will not sound like the original: the checkpoint is damaged, or its slowest modes are too slow for 32-bit numbers.`,
    };
  }
  return {
    check: 'kernel',
    verdict: 'good',
    text: `Every layer rings as its trained parameters say (the largest difference is ${size} of a layer's size, in ${worst.layer}).`,
  };
}

export function stabilityFinding(layers: readonly LayerCheck[], bundle: Bundle): Finding {
  const worst = largest(layers, ({ spectralRadius }) => spectralRadius);
  const { spectralRadius: radius, layer } = worst;
  if (!(radius <= 1 + RADIUS_TOLERANCE)) {
    const rate = bundle.manifest.sampleRate / framesPerStep(bundle, layer);
    const seconds = 1 / (rate * Math.log(radius));
    return {
      check: 'stability',
      verdict: 'bad',
      text: `Layer ${layer} is unstable: left alone, it grows by a factor e every ${seconds.toPrecision(2)} s (spectral radius ${radius.toFixed(6)}). Expect a long take to run away into noise; reset the model in the pauses, or use a later checkpoint.`,
    };
  }
  return {
    check: 'stability',
    verdict: 'good',
    text: `Every layer is stable: left alone, all of them fade (largest spectral radius ${radius.toFixed(6)}, in ${layer}).`,
  };
}

/** For S4 alone: S4D is diagonal anyway. */
export function pathFindings(layers: readonly LayerCheck[]): Finding[] {
  const numLayers = layers.filter(({ path }) => path !== undefined).length;
  const rankOne = layers.filter(({ path }) => path?.form === 'rank-1');
  if (numLayers === 0) return [];
  if (rankOne.length === 0) {
    const text = `All ${numLayers} S4 layers have an exact diagonal form, which steps in half the work.`;
    return [{ check: 'path', verdict: 'good', text }];
  }
  const reasons = new Map<string, string[]>();
  for (const { layer, path } of rankOne)
    reasons.set(path!.reason!, [...(reasons.get(path!.reason!) ?? []), layer]);
  const told = [...reasons].map(([reason, names]) => `${reason} (${names.join(', ')})`).join('; ');
  const verb = rankOne.length === 1 ? 'keeps' : 'keep';
  const text = `${rankOne.length} of ${numLayers} S4 layers ${verb} the rank-1 form, which sounds the same and costs more: ${told}.`;
  return [{ check: 'path', verdict: 'doubtful', text }];
}

async function soundFinding(bundle: Bundle): Promise<Finding> {
  try {
    const { stepper } = await chooseStepper(bundle, 'auto');
    return describeSound(smokeTest(bundle, stepper));
  } catch (error) {
    return { check: 'sound', verdict: 'bad', text: `It could not be played: ${(error as Error).message}` };
  }
}

export function describeSound(smoke: SmokeTest): Finding {
  const { levelDb, peakDb, clipped, offset, bitsPerSample, seconds } = smoke;
  const level = Number.isFinite(levelDb)
    ? `${levelDb.toFixed(0)} dB, peak ${peakDb.toFixed(0)} dB`
    : 'digital silence';
  const head = `The first ${seconds} s that it makes: ${level}, ${bitsPerSample.toFixed(1)} bits of surprise per sample.`;
  const found = (verdict: Finding['verdict'], text: string): Finding => ({
    check: 'sound',
    verdict,
    text: `${head} ${text}`,
  });
  if (bitsPerSample > NOISE_BITS) {
    return found(
      'doubtful',
      'That is noise: the model has next to no idea which sample comes next. It is hardly trained, or imported with the wrong dt_transform.',
    );
  }
  if (clipped > MAX_CLIPPED) {
    return found(
      'doubtful',
      `${Math.round(100 * clipped)} % of it is at full scale: play it with a lower temperature.`,
    );
  }
  if (!(levelDb > QUIET_DB)) {
    return found(
      'doubtful',
      'That is silence. Many models begin with some: let it run, or raise the temperature.',
    );
  }
  if (Math.abs(offset) > MAX_OFFSET) {
    return found(
      'doubtful',
      `It leans to one side by ${offset.toFixed(2)}: check whether its quantiser is the right one.`,
    );
  }
  return found('good', 'It speaks.');
}

/** Frames of sound per step of the tier that a layer is in. */
function framesPerStep(bundle: Bundle, layer: string): number {
  const { pool } = bundle.manifest.architecture;
  const tier = layer.startsWith('blocks.center') ? pool.length : Number(layer.split('.')[2]);
  return pool.slice(0, tier).reduce((product, factor) => product * factor, 1);
}

function largest(layers: readonly LayerCheck[], value: (layer: LayerCheck) => number): LayerCheck {
  // NaN counts as largest.
  return layers.reduce((worst, layer) => (value(layer) <= value(worst) ? worst : layer));
}
