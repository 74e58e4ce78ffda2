/** A complex number of the importer's set-up arithmetic, float64. Never used on the audio path. */
export interface Complex {
  readonly re: number;
  readonly im: number;
}

export const complex = (re: number, im = 0): Complex => ({ re, im });

export const add = (a: Complex, b: Complex): Complex => ({ re: a.re + b.re, im: a.im + b.im });

export const subtract = (a: Complex, b: Complex): Complex => ({ re: a.re - b.re, im: a.im - b.im });

export const multiply = (a: Complex, b: Complex): Complex => ({
  re: a.re * b.re - a.im * b.im,
  im: a.re * b.im + a.im * b.re,
});

export const scale = (a: Complex, factor: number): Complex => ({ re: a.re * factor, im: a.im * factor });

export const conjugate = (a: Complex): Complex => ({ re: a.re, im: -a.im });

export function divide(a: Complex, b: Complex): Complex {
  const norm = b.re * b.re + b.im * b.im;
  return { re: (a.re * b.re + a.im * b.im) / norm, im: (a.im * b.re - a.re * b.im) / norm };
}

export function exponential(a: Complex): Complex {
  const magnitude = Math.exp(a.re);
  return { re: magnitude * Math.cos(a.im), im: magnitude * Math.sin(a.im) };
}

/** exp(a) - 1, accurate near 0. */
export function exponentialMinusOne(a: Complex): Complex {
  const half = Math.sin(a.im / 2);
  return { re: Math.expm1(a.re) * Math.cos(a.im) - 2 * half * half, im: Math.exp(a.re) * Math.sin(a.im) };
}

/** 2 Re sum_n p_n x_n: the product of two vectors of which only one half of the conjugate pairs is stored. */
export function pairDot(p: readonly Complex[], x: readonly Complex[]): number {
  let sum = 0;
  for (let n = 0; n < p.length; n++) sum += p[n]!.re * x[n]!.re - p[n]!.im * x[n]!.im;
  return 2 * sum;
}
