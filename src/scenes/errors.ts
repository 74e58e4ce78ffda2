/** Errors of presets of one's own, snapshots, morphs and cues, one catalogue: docs/errors.md is held against it. */

export interface SceneErrorEntry {
  readonly summary: string;
  readonly remedy: string;
}

export const sceneErrors = {
  SCENE_NAME: {
    summary: 'A preset, a snapshot or a cue list has no plain name.',
    remedy: 'Use letters, digits, - and _, at most 64 of them, without folders or file ending.',
  },
  SCENE_TAKEN: {
    summary: 'A preset of this name comes with the program; it is neither written over nor deleted.',
    remedy: 'Choose another name.',
  },
  SCENE_NOT_FOUND: {
    summary: 'There is no preset, snapshot or cue list of this name.',
    remedy: 'Ask for what there is with /preset/list or /snapshot/list.',
  },
  SCENE_FORMAT: {
    summary: 'A file of a snapshot or of a cue list is not as its schema says.',
    remedy: 'Correct it at the given place; the schemas lie in src/scenes.',
  },
  SCENE_VERSION: {
    summary: 'A snapshot or a cue list has a format version that this program does not read.',
    remedy: 'Update sashimi-live, or write the file anew.',
  },
  SCENE_READ: {
    summary:
      'A file of a snapshot or of a cue list cannot be read, is too large, or lies outside its folder.',
    remedy: 'Check that it is a file in the folder of presets, and that it may be read.',
  },
  SCENE_WRITE: {
    summary: 'A preset or a snapshot could not be written or deleted; nothing was left behind.',
    remedy: 'Give a folder that may be written to, with --preset-folder, on a disk with room.',
  },
  SCENE_FULL: {
    summary: 'There are as many presets or snapshots as a folder may hold.',
    remedy: 'Delete some of them.',
  },
  SCENE_SKIPPED: {
    summary: 'Some params of a snapshot are not in the patch that plays, or not in their range there.',
    remedy: 'Load the preset that the snapshot was stored from, or store it anew.',
  },
  SCENE_TIME: {
    summary: 'A time of a fade or a morph is out of its range.',
    remedy: 'Give milliseconds from 0 to 3600000.',
  },
  SCENE_CURVE: {
    summary: 'There is no curve of this name.',
    remedy: 'Use one that the answer lists.',
  },
  SCENE_NO_CLOCK: {
    summary: 'A morph takes time, and the audio clock does not run yet.',
    remedy: 'Wait until `/status` tells a rising frame.',
  },
  SCENE_CUE: {
    summary: 'There is no such cue, or no cue list is loaded.',
    remedy: 'Load a list with /cue/load NAME; /cue/list tells its cues.',
  },
} as const satisfies Readonly<Record<string, SceneErrorEntry>>;

export type SceneErrorCode = keyof typeof sceneErrors;

export class SceneError extends Error {
  override readonly name = 'SceneError';
  readonly code: SceneErrorCode;
  readonly remedy: string;

  constructor(code: SceneErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.remedy = sceneErrors[code].remedy;
  }
}
