/** Dense real matrices, row-major (size, size), float64: what undoing C~ needs and no more. */

/** I - M^exponent, by repeated squaring. `exponent` is a positive integer. `m` is kept. */
export function identityMinusPower(m: Float64Array, size: number, exponent: number): Float64Array {
  let square: Float64Array = Float64Array.from(m);
  let spare: Float64Array = new Float64Array(m.length);
  let power: Float64Array | undefined;
  // Numbers beyond 2^31 never occur as lengths in frames, but division keeps them right.
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) {
      if (power === undefined) {
        power = Float64Array.from(square);
      } else {
        multiplyInto(power, square, spare, size);
        [power, spare] = [spare, power];
      }
    }
    if (rest > 1) {
      multiplyInto(square, square, spare, size);
      [square, spare] = [spare, square];
    }
  }
  const result = power!;
  for (let i = 0; i < result.length; i++) result[i] = -result[i]!;
  for (let i = 0; i < size; i++) result[i * size + i] = 1 + result[i * size + i]!;
  return result;
}

/**
 * out = a b, `out` being neither. Rows of b are added up four at a time, so that memory is read forwards
 * and `out` is touched a quarter as often.
 */
function multiplyInto(a: Float64Array, b: Float64Array, out: Float64Array, size: number): void {
  out.fill(0);
  for (let i = 0; i < size; i++) {
    const row = i * size;
    let k = 0;
    for (; k + 4 <= size; k += 4) {
      const f0 = a[row + k]!;
      const f1 = a[row + k + 1]!;
      const f2 = a[row + k + 2]!;
      const f3 = a[row + k + 3]!;
      let at = k * size;
      for (let j = row; j < row + size; j++, at++) {
        out[j] = out[j]! + f0 * b[at]! + f1 * b[at + size]! + f2 * b[at + 2 * size]! + f3 * b[at + 3 * size]!;
      }
    }
    for (; k < size; k++) {
      const factor = a[row + k]!;
      for (let j = 0; j < size; j++) out[row + j] = out[row + j]! + factor * b[k * size + j]!;
    }
  }
}

/**
 * Solves M x = rhs in place of `rhs` (size) by Gaussian elimination with partial pivoting. Overwrites `m`.
 * Returns false when M is singular to working precision or not finite.
 */
export function solve(m: Float64Array, rhs: Float64Array, size: number): boolean {
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++) {
      if (Math.abs(m[row * size + column]!) > Math.abs(m[pivot * size + column]!)) pivot = row;
    }
    const diagonal = m[pivot * size + column]!;
    if (!(Math.abs(diagonal) > 1e-14) || !Number.isFinite(diagonal)) return false;
    if (pivot !== column) swapRows(m, rhs, size, pivot, column);
    for (let row = column + 1; row < size; row++) {
      const factor = m[row * size + column]! / diagonal;
      if (factor === 0) continue;
      for (let j = column; j < size; j++) {
        m[row * size + j] = m[row * size + j]! - factor * m[column * size + j]!;
      }
      rhs[row] = rhs[row]! - factor * rhs[column]!;
    }
  }
  for (let row = size - 1; row >= 0; row--) {
    let sum = rhs[row]!;
    for (let j = row + 1; j < size; j++) sum -= m[row * size + j]! * rhs[j]!;
    rhs[row] = sum / m[row * size + row]!;
  }
  return true;
}

function swapRows(m: Float64Array, rhs: Float64Array, size: number, a: number, b: number): void {
  for (let j = 0; j < size; j++) {
    const value = m[a * size + j]!;
    m[a * size + j] = m[b * size + j]!;
    m[b * size + j] = value;
  }
  const value = rhs[a]!;
  rhs[a] = rhs[b]!;
  rhs[b] = value;
}
