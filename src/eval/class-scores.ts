/**
 * What a classifier hears in a set of sounds, as scores: those by which generated speech is compared in Goel et al. 2022
 * and before, docs/eval.md. Each sound is a row of natural logarithms of the probabilities that it is of a class.
 */

/** Of unnormalised scores. */
export function logProbabilities(logits: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(logits);
  const most = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const norm = most + Math.log(values.reduce((sum, value) => sum + Math.exp(value - most), 0));
  return values.map((value) => value - norm);
}

/** The most probable class. */
export function heardClass(row: Float64Array): number {
  return row.reduce((best, value, k) => (value > row[best]! ? k : best), 0);
}

/** `matrix[asked][heard]`: how often. */
export function confusionMatrix(
  asked: readonly number[],
  heard: readonly number[],
  numClasses: number,
): number[][] {
  const matrix = Array.from({ length: numClasses }, () => new Array<number>(numClasses).fill(0));
  for (const [i, k] of asked.entries()) matrix[k]![heard[i]!]!++;
  return matrix;
}

/**
 * exp of the mean divergence of a sound's probabilities from the mean ones: 1 when all sounds are alike or unclear, the
 * number of classes when each sound is clear and all classes come alike often. Salimans et al. 2016.
 */
export function inceptionScore(rows: readonly Float64Array[]): number {
  const mean = meanProbabilities(rows);
  return Math.exp(meanOf(rows, (row) => divergence(row, mean.map(Math.log))));
}

/**
 * exp of the mean divergence between the probabilities of two sounds, over all pairs: sounds that are clear but
 * differ in how they are also count. Gurumurthy et al. 2017.
 */
export function modifiedInceptionScore(rows: readonly Float64Array[]): number {
  const mean = meanProbabilities(rows);
  // The mean over all pairs of sum p_i (log p_i - log p_j): the second part is a product of means.
  const meanLogs = mean.map((_, k) => meanOf(rows, (row) => row[k]!));
  const cross = mean.reduce((sum, p, k) => sum + p * meanLogs[k]!, 0);
  return Math.exp(-meanOf(rows, entropy) - cross);
}

/**
 * The divergence of the sounds' mean probabilities from those of `reference`, plus the mean entropy of a sound: 0
 * when each sound is clear and classes come as often as there. Zhou et al. 2018.
 */
export function amScore(rows: readonly Float64Array[], reference: ArrayLike<number>): number {
  const mean = meanProbabilities(rows);
  const distance = Float64Array.from(reference, (p, k) =>
    p === 0 ? 0 : p * (Math.log(p) - Math.log(mean[k]!)),
  );
  return distance.reduce((sum, part) => sum + part, 0) + meanOf(rows, entropy);
}

function meanProbabilities(rows: readonly Float64Array[]): Float64Array {
  return rows[0]!.map((_, k) => meanOf(rows, (row) => Math.exp(row[k]!)));
}

function divergence(row: Float64Array, logs: Float64Array): number {
  return row.reduce((sum, log, k) => sum + Math.exp(log) * (log - logs[k]!), 0);
}

function entropy(row: Float64Array): number {
  return -row.reduce((sum, log) => sum + Math.exp(log) * log, 0);
}

function meanOf<T>(rows: readonly T[], value: (row: T) => number): number {
  return rows.reduce((sum, row) => sum + value(row), 0) / rows.length;
}
