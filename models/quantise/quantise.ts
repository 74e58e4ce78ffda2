import { isMatrix, whyNotRecurrent } from '../bundle/layout.js';
import { WEIGHT_FORMATS } from '../bundle/quantised.js';
import type { Bundle, Tensor, WeightFormat } from '../bundle/types.js';
import { ModelError } from '../errors.js';
import { roundCalibrated } from './calibrated-matrix.js';
import { CalibrationWalk } from './calibration-walk.js';
import { measureMoments } from './moments.js';
import { roundNearest } from './round-nearest.js';

export type QuantisedFormat = Exclude<WeightFormat, 'f32'>;

export interface QuantiseOptions {
  readonly format: QuantisedFormat;
  /**
   * Tokens of sound that int4 is calibrated on, as many as a multiple of the product of the pools. Without them, and
   * in bf16 and int8 always, every weight becomes the nearest value that its format has. Conditioning is dropped.
   */
  readonly calibration?: Uint8Array;
  /** Before every calibrated matrix, with the share done, 0 to 1, and its name. May be awaited, to let a screen redraw. */
  readonly onProgress?: (share: number, name: string) => void | Promise<void>;
}

/**
 * The tensors of `bundle` with its matrices in `format`, ready for `sealBundle` or `writeBundle`; the trained SSM
 * parameters, which no stepper needs, are left out. Same bundle and tokens, same result. A bundle that is in `format`
 * already stays as it is. Off the audio path. Throws MODEL_UNSUPPORTED for a model that no stepper runs, MODEL_ARGUMENT
 * for one whose weights are narrower than `format`.
 */
export async function quantiseTensors(
  bundle: Bundle,
  options: QuantiseOptions,
): Promise<Map<string, Tensor>> {
  const { format, calibration } = options;
  const current = bundle.manifest.weights.format ?? 'f32';
  checkCanQuantise(bundle, current, format);
  const tensors = new Map<string, Tensor>();
  const matrices: string[] = [];
  for (const [name, tensor] of bundle.tensors) {
    if (name.includes('.trained.')) continue;
    const isRounded = isMatrix({ name, shape: tensor.shape }) && current !== format;
    if (isRounded) matrices.push(name);
    tensors.set(name, isRounded ? roundNearest(tensor, formatOfMatrix(name, format)) : tensor);
  }
  if (format !== 'int4' || calibration === undefined || current === format) return tensors;

  let numDone = 0;
  const walk = new CalibrationWalk(bundle, async (prefix, matrix, inputs) => {
    // The embedding is a look-up: nothing goes into it that could be measured.
    await options.onProgress?.(numDone++ / (matrices.length - 1), prefix);
    const name = `${prefix}.weight`;
    const rounded = roundCalibrated(matrix, measureMoments(inputs), formatOfMatrix(name, format));
    tensors.set(name, rounded.weight);
    tensors.set(`${prefix}.bias`, rounded.bias);
    return rounded;
  });
  await walk.run(calibration, tensors.get('embedding.weight')!);
  return tensors;
}

/**
 * Embedding and decoder stay int8 in int4: a few kilobytes, and two thirds of what int4 costs (`piano`, each weight to
 * the nearest: 0.25 bits per sample worse with them, 0.08 without).
 */
function formatOfMatrix<F extends QuantisedFormat>(name: string, format: F): F | 'int8' {
  const isEnd = name === 'embedding.weight' || name === 'decoder.weight';
  return format === 'int4' && isEnd ? 'int8' : format;
}

function checkCanQuantise({ manifest }: Bundle, current: WeightFormat, wanted: WeightFormat): void {
  const reason = whyNotRecurrent(manifest.architecture);
  if (reason !== undefined) {
    throw new ModelError(
      'MODEL_UNSUPPORTED',
      `Only models that can be stepped are quantised, not ${reason}.`,
    );
  }
  if (WEIGHT_FORMATS.indexOf(wanted) < WEIGHT_FORMATS.indexOf(current)) {
    throw new ModelError(
      'MODEL_ARGUMENT',
      `Expected weights at least as wide as ${wanted} but ${manifest.name} has ${current}.`,
      { remedy: 'Quantise the original bundle: what rounding has taken does not come back.' },
    );
  }
}
