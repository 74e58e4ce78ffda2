/** What `model quantize` does: rounds a model, measures what that cost, and writes the result. */
import { setImmediate as yieldTurn } from 'node:timers/promises';
import {
  type Bundle,
  checkManifest,
  chooseStepper,
  loadBundle,
  type QuantisedFormat,
  type QuantiseFigures,
  quantisedCard,
  quantisedDraft,
  quantiseTensors,
  refuseExisting,
  scoreAudio,
  sealBundle,
  writeBundle,
} from '../../models/index.js';
import { benchStepper } from './bench/stepper.js';
import { chooseSound, type QuantiseSound } from './quantise-sound.js';

export interface QuantiseModelOptions {
  readonly weights: QuantisedFormat;
  readonly out: string;
  readonly name?: string;
  readonly audio: readonly string[];
  readonly calibrate: readonly string[];
  readonly seconds: number;
  /** Share done of what is named, 0 to 1. */
  readonly onProgress: (share: number, what: string) => void;
}

export interface QuantiseReport extends QuantiseFigures {
  readonly bundle: string;
  readonly quantised: string;
  readonly out: string;
  /** That scored and was timed. */
  readonly stepper: string;
  /** Seconds of sound per second of one core of this machine. */
  readonly realTimeFactorBefore: number;
  readonly realTimeFactorAfter: number;
}

const bench = { stepper: 'auto', seconds: 0.5, block: 128, repeats: 3 } as const;

export async function quantiseModel(folder: string, options: QuantiseModelOptions): Promise<QuantiseReport> {
  const { weights: format, out } = options;
  const report = async (share: number, what: string) => {
    options.onProgress(share, what);
    await yieldTurn();
  };
  await refuseExisting(out);
  const original = await loadBundle(folder);
  const { manifest } = original;
  const name = options.name ?? `${manifest.name}-${format}`;
  // A wrong name is told now, not after a minute of work.
  checkManifest({ ...manifest, name });
  const { scored, calibration } = await chooseSound(original, {
    ...options,
    isCalibrated: format === 'int4' && manifest.weights.format !== 'int4',
    onProgress: (share) => report(share, 'listening to the model'),
  });
  const tensors = await quantiseTensors(original, {
    format,
    ...(calibration ? { calibration: calibration.tokens } : {}),
    onProgress: (share, name) => report(share, `rounding ${name}`),
  });

  const { bundle: rounded } = sealBundle(manifest, tensors);
  const before = await scoreClips(original, scored, (share) => report(share / 2, 'scoring the original'));
  const after = await scoreClips(rounded, scored, (share) => report((1 + share) / 2, 'scoring the result'));
  const figures: QuantiseFigures = {
    format,
    bytesBefore: manifest.weights.bytes,
    bytesAfter: rounded.manifest.weights.bytes,
    bitsPerSampleBefore: before.bitsPerSample,
    bitsPerSampleAfter: after.bitsPerSample,
    scoredOn: scored.about,
    ...(calibration ? { calibratedOn: calibration.about } : {}),
  };
  const draft = quantisedDraft(manifest, name, figures);
  await writeBundle(out, draft, tensors, quantisedCard(manifest, figures));
  return {
    bundle: manifest.name,
    quantised: name,
    out,
    ...figures,
    stepper: after.stepper,
    realTimeFactorBefore: (await benchStepper(folder, bench)).realTimeFactor,
    realTimeFactorAfter: (await benchStepper(out, bench)).realTimeFactor,
  };
}

/** Bits per sample over all frames of all clips. */
async function scoreClips(
  bundle: Bundle,
  { clips }: QuantiseSound['scored'],
  onProgress: (share: number) => Promise<void>,
): Promise<{ bitsPerSample: number; stepper: string }> {
  const { stepper } = await chooseStepper(bundle, 'auto');
  let bits = 0;
  let frames = 0;
  for (const [index, clip] of clips.entries()) {
    const score = await scoreAudio(bundle, stepper, clip, {
      onProgress: (share) => onProgress((index + share) / clips.length),
    });
    bits += score.bitsPerSample * score.frames;
    frames += score.frames;
  }
  const { kind } = stepper;
  stepper.dispose();
  return { bitsPerSample: bits / frames, stepper: kind };
}
