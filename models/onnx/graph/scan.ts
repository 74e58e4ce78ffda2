import type { Recurrence } from './coefficients.js';
import type { GraphBuilder, Value } from './graph-builder.js';
import { type ScanMatrices, scanMatrices } from './scan-matrices.js';
import { floats } from './weights.js';

/** Frames per matrix: short for a diagonal recurrence, long where every advance multiplies with a whole matrix. */
const DIAGONAL_FRAMES = 16;
const DENSE_FRAMES = 64;

export interface ScanResult {
  /** (rows, H). */
  readonly outputs: Value;
  /** (N, H) each. */
  readonly re: Value;
  readonly im: Value;
}

/**
 * The recurrence of one layer over `rows` frames as matrix products: within pieces of L frames, from the state
 * before each piece, and into the state; only the step from piece to piece is a loop. `baseRows` is what the
 * number of rows is a multiple of, and L divides it.
 */
export function scanRows(
  graph: GraphBuilder,
  prefix: string,
  layer: Recurrence,
  baseRows: number,
  u: Value,
  state: { readonly re: Value; readonly im: Value },
): ScanResult {
  const { width, modes, rankOne } = layer;
  const length = largestDivisor(baseRows, rankOne ? DENSE_FRAMES : DIAGONAL_FRAMES);
  let matrices: ScanMatrices | undefined;
  const matrix = (name: string, shape: readonly number[], of: (m: ScanMatrices) => Float32Array): Value =>
    graph.constant(`${prefix}.scan.${name}`, () => {
      matrices ??= scanMatrices(layer, length);
      return floats(shape, of(matrices));
    });
  const turn = (value: Value, ...perm: number[]) => graph.op('Transpose', [value], { perm: { ints: perm } });

  // (H, L, pieces): a batch of channels, each a matrix of pieces.
  const pieces = turn(graph.reshape(u, [-1, length, width]), 2, 1, 0);
  const local = matrix('local', [width, length, length], (m) => m.local);
  const intoState = matrix('into', [width, 2 * modes, length], (m) => m.intoState);
  const added = turn(graph.op('MatMul', [intoState, pieces]), 2, 0, 1);
  // (H, 2N, 1).
  const first = graph.op('Unsqueeze', [
    turn(graph.op('Concat', [state.re, state.im], { axis: { int: 0 } }), 1, 0),
    graph.integers([2]),
  ]);
  const { before, last } = advancePieces(graph, layer, matrix, added, first);
  const fromState = matrix('from', [width, length, 2 * modes], (m) => m.fromState);
  const outputs = graph.op('Add', [
    graph.op('MatMul', [local, pieces]),
    graph.op('MatMul', [fromState, turn(before, 1, 2, 0)]),
  ]);
  const parts = graph.ops(
    'Split',
    [turn(graph.op('Squeeze', [last, graph.integers([2])]), 1, 0), graph.integers([modes, modes])],
    2,
    { axis: { int: 0 } },
  ) as [Value, Value];
  return { outputs: graph.reshape(turn(outputs, 2, 1, 0), [-1, width]), re: parts[0], im: parts[1] };
}

type MatrixOf = (name: string, shape: readonly number[], of: (m: ScanMatrices) => Float32Array) => Value;

/** The states before each piece (pieces, H, 2N) and after the last (H, 2N, 1); `added` (pieces, H, 2N) is what each adds. */
function advancePieces(
  graph: GraphBuilder,
  { width, modes, rankOne }: Recurrence,
  matrix: MatrixOf,
  added: Value,
  first: Value,
): { before: Value; last: Value } {
  const size = 2 * modes;
  const count = graph.op('Gather', [graph.op('Shape', [added]), graph.integers(0)], { axis: { int: 0 } });
  const carried = [{ value: first, type: 'float32', shape: [width, size, 1] } as const];
  const result = graph.loop(count, carried, (body, piece, [x]) => {
    const aged = rankOne
      ? body.op('MatMul', [matrix('advance', [width, size, size], denseOf), x!])
      : rotated(
          body,
          modes,
          x!,
          matrix('advance.re', [width, modes, 1], ({ advance }) => partOf(advance, 're')),
          matrix('advance.im', [width, modes, 1], ({ advance }) => partOf(advance, 'im')),
        );
    const input = body.op('Unsqueeze', [body.row(added, piece), body.integers([2])]);
    const before = body.op('Squeeze', [x!, body.integers([2])]);
    return { carried: [body.op('Add', [aged, input])], stacked: [{ value: before, type: 'float32' }] };
  });
  return { before: result.stacked[0]!, last: result.carried[0]! };
}

/** a^L x over [re; im] (H, 2N, 1). */
function rotated(graph: GraphBuilder, modes: number, x: Value, re: Value, im: Value): Value {
  const [xr, xi] = graph.ops('Split', [x, graph.integers([modes, modes])], 2, { axis: { int: 1 } }) as [
    Value,
    Value,
  ];
  const product = (a: Value, b: Value) => graph.op('Mul', [a, b]);
  return graph.op(
    'Concat',
    [
      graph.op('Sub', [product(re, xr), product(im, xi)]),
      graph.op('Add', [product(re, xi), product(im, xr)]),
    ],
    { axis: { int: 1 } },
  );
}

function denseOf({ advance }: ScanMatrices): Float32Array {
  return 'dense' in advance ? advance.dense : new Float32Array();
}

function partOf(advance: ScanMatrices['advance'], part: 're' | 'im'): Float32Array {
  return 'dense' in advance ? new Float32Array() : advance[part];
}

function largestDivisor(of: number, most: number): number {
  for (let divisor = Math.min(of, most); divisor > 1; divisor--) if (of % divisor === 0) return divisor;
  return 1;
}
