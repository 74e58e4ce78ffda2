/** What the command line itself refuses, one catalogue: docs/errors.md is held against it. */

export interface CliErrorEntry {
  readonly summary: string;
  readonly remedy: string;
}

export const cliErrors = {
  CLI_USAGE: {
    summary: 'The command was written wrongly: an unknown command or option, or a value out of its range.',
    remedy: 'Add --help to the command to see what it takes.',
  },
  CLI_CONFIG: {
    summary: 'The config file is not valid JSON, or holds a field or a value that no config has.',
    remedy: 'Correct the named field; README.md lists the fields.',
  },
  CLI_AUDIO_FILE: {
    summary: 'An audio file could not be read, or is of a kind that is not read here.',
    remedy: 'Pass a WAV, AIFF, CAF, FLAC, MP3 or Ogg file that is there and whole.',
  },
  CLI_FLUIDSYNTH: {
    summary:
      'The program fluidsynth or its sound font, which play what the model is held against, are not there or failed.',
    remedy:
      'Install them (Debian: apt-get install fluidsynth fluid-soundfont-gm), name another font with --soundfont, or pass a rendering with --truth.',
  },
  CLI_NOTES: {
    summary: 'There are no notes to play, or the model takes none.',
    remedy:
      'Choose a model that notes steer (sashimi model info says what steers it), and an excerpt with notes in it.',
  },
  CLI_CLASSES: {
    summary: 'The model has no classes, or not those that are asked for.',
    remedy:
      'Choose a model that has some, such as textures, and names of its classes: sashimi model info lists them.',
  },
  CLI_WORDS: {
    summary: 'The model says no words, or words that the classifier does not know.',
    remedy: 'Choose a model that words steer (sashimi model info says what steers it), such as words.',
  },
  CLI_VOICE: {
    summary: 'The model takes no speech, or not that of the speakers that are asked for.',
    remedy: 'Choose a model of the voice: sashimi model info says what steers it.',
  },
  CLI_HELD_OUT: {
    summary: 'The recordings that a model is held against are not there, or are not what was expected.',
    remedy: 'Name a folder as docs/eval.md describes it with --held-out, or take the bundle anew.',
  },
  CLI_CLASSIFIER: {
    summary: 'The classifier that hears words cannot run: a package or a file of it is missing or damaged.',
    remedy:
      'Run npm install onnxruntime-node (an optional package of 290 MB); for a file in models/eval, install this program anew.',
  },
  CLI_GPU_INSTALL: {
    summary: 'The CUDA provider of ONNX Runtime could not be installed; nothing was left behind.',
    remedy:
      'Check the connection, or use --provider webgpu or cpu: sashimi gpu check says what works on this machine.',
  },
  CLI_OUT: {
    summary: 'The folder for what the command leaves behind cannot be written.',
    remedy: 'Choose a folder that you may write to.',
  },
  CLI_INTERRUPTED: {
    summary: 'The command was stopped before it was done; nothing was left behind.',
    remedy: 'Run it again, and let it finish.',
  },
  CLI_INTERNAL: {
    summary: 'Something failed that should not have: a fault of this program.',
    remedy: 'Run the same command with SASHIMI_DEBUG=1 and report what it prints.',
  },
  CLI_NODE_VERSION: {
    summary: 'The Node that runs this is too old.',
    remedy: 'Install Node 20 or later from nodejs.org or your system.',
  },
  CLI_INSTALL: {
    summary: 'The npm packages could not be installed.',
    remedy: 'Check the connection to the npm registry (npm ping), then start again.',
  },
  CLI_BUILD: {
    summary: 'The TypeScript sources do not compile.',
    remedy: 'Mend the errors above.',
  },
} as const satisfies Readonly<Record<string, CliErrorEntry>>;

export type CliErrorCode = keyof typeof cliErrors;

export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: CliErrorCode;
  readonly remedy: string;

  constructor(code: CliErrorCode, message: string, options: { remedy?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.remedy = options.remedy ?? cliErrors[code].remedy;
  }
}
