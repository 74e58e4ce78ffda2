import type { Patch } from '../../graph/index.js';
import type { OnnxProvider, StepperChoice } from '../../models/index.js';
import type { RecordedInput } from '../audio-input/index.js';
import { readPreset } from '../engine/presets.js';
import { renderPatch } from '../engine/render.js';
import { CliError } from './errors.js';

export interface RenderRequest {
  readonly seconds: number;
  readonly seed: number;
  readonly out: string;
  readonly bitDepth: '16' | '24' | '32f';
  /** Hz. */
  readonly sampleRate: number;
  readonly channels: number;
  readonly stepper: StepperChoice;
  readonly provider?: OnnxProvider;
  readonly plugins: readonly string[];
  readonly inputs: readonly RecordedInput[];
}

/** What `sashimi render --json` prints. */
export interface RenderReport {
  readonly file: string;
  readonly preset: string;
  readonly seed: number;
  readonly seconds: number;
  readonly frames: number;
  readonly sampleRate: number;
  readonly channels: number;
  /** dBFS; null for silence. */
  readonly peakDb: number | null;
  readonly rmsDb: number | null;
  readonly stepper: string;
  /** Seconds of sound per second of rendering. */
  readonly realTimeFactor: number;
}

const bitDepths = { '16': 16, '24': 24, '32f': 32 } as const;

/** Ctrl-C stops at the next step and leaves nothing behind; a second one ends at once. */
export async function renderToFile(
  preset: string,
  request: RenderRequest,
  onProgress: (share: number) => void,
): Promise<RenderReport> {
  const { name, patch } = readPreset(preset);
  checkInputs(request.inputs, patch);
  let interruptedBy: string | undefined;
  const interrupt = (signal: string): void => {
    interruptedBy = signal;
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const startedMs = performance.now();
  try {
    const result = await renderPatch({
      ...request,
      patch,
      presetName: name,
      bitDepth: bitDepths[request.bitDepth],
      onProgress: (share) => {
        if (interruptedBy !== undefined) {
          throw new CliError('CLI_INTERRUPTED', `${interruptedBy} came before ${request.out} was complete.`);
        }
        onProgress(share);
      },
    });
    const seconds = result.frames / result.sampleRate;
    return {
      file: request.out,
      preset: name,
      seed: request.seed,
      seconds,
      frames: result.frames,
      sampleRate: result.sampleRate,
      channels: result.channels,
      peakDb: toDb(result.peak),
      rmsDb: toDb(result.rms),
      stepper: result.stepper,
      realTimeFactor: (seconds * 1000) / (performance.now() - startedMs),
    };
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

/** What nobody would hear is a mistake. */
function checkInputs(inputs: readonly RecordedInput[], patch: Patch): void {
  const ears = patch.nodes.filter(({ type }) => type === 'audio-in').map(({ id }) => id);
  const there = ears.length === 0 ? 'it has none' : `it has ${ears.join(', ')}`;
  for (const { nodeId, file } of inputs) {
    if (nodeId === undefined ? ears.length > 0 : ears.includes(nodeId)) continue;
    const expected = nodeId === undefined ? 'a node audio-in' : `a node audio-in "${nodeId}"`;
    throw new CliError('CLI_USAGE', `--input ${file}: expected ${expected} in the patch, but ${there}.`);
  }
}

function toDb(level: number): number | null {
  return level > 0 ? 20 * Math.log10(level) : null;
}
