import { type CompiledPatch, compilePatch, GraphRun, type Patch, prepareGraph } from '../../graph/index.js';
import type { EngineOptions } from './options.js';

/** For this engine. Throws the first fault of the patch as a coded error. */
export function compileFor(
  patch: Patch,
  { parts, sampleRate, blockFrames, mode, seed }: EngineOptions,
): CompiledPatch {
  return compilePatch(patch, parts.registry, { sampleRate, maxBlockFrames: blockFrames, mode, seed });
}

/** Compiles, prepares and builds, off the audio path; nothing stays behind when it rejects. */
export async function buildRun(patch: Patch, options: EngineOptions): Promise<GraphRun> {
  const prepared = await prepareGraph(compileFor(patch, options), options.parts.services);
  try {
    return new GraphRun(prepared);
  } catch (error) {
    await prepared.dispose();
    throw error;
  }
}
