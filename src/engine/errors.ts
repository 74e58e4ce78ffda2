/** Errors of the engine, its plugins and its processes, one catalogue: docs/errors.md is held against it. */

export interface EngineErrorEntry {
  readonly summary: string;
  readonly remedy: string;
}

export const engineErrors = {
  ENGINE_PRESET_NOT_FOUND: {
    summary: 'No preset of that name, and no file at that path.',
    remedy: 'Use a name from presets/ or a path that ends in .json; `sashimi play --help` lists the presets.',
  },
  ENGINE_PRESET_NAME: {
    summary: 'A preset asked for over the network is not a plain name.',
    remedy: 'Send the name of a preset in presets/, without folders or file ending.',
  },
  ENGINE_PRESET_READ: {
    summary: 'A preset file could not be read, or is larger than any patch.',
    remedy: 'Check that the file exists, is a patch, and may be read.',
  },
  ENGINE_OPTION: {
    summary: 'An engine option is out of its range.',
    remedy: 'Use a value in the stated range.',
  },
  ENGINE_NO_SUCH_TARGET: {
    summary: 'A message named a node, param or action that the patch that plays does not have.',
    remedy: 'Ask /status for the preset that plays, or `sashimi nodes` for the params of a node type.',
  },
  ENGINE_ACTION_FAILED: {
    summary: 'A node could not do what an action asked for.',
    remedy: 'The message says why; the node plays on as before.',
  },
  ENGINE_PRIME: {
    summary: 'The thread in which a model listens to a file has failed.',
    remedy: 'Try a shorter stretch, or a WAV file; if it comes back, report it.',
  },
  ENGINE_TEXT: {
    summary: 'A text could not be turned into phones: the thread that reads texts has failed.',
    remedy:
      'Send it again, it starts anew; if it comes back, run `npm install`, for its dictionary may be missing.',
  },
  VOICE_ID: {
    summary: 'A voice cannot have this id.',
    remedy:
      'Use letters, digits, _ and -, at most 32, and none of new, free, free-all, list, pool and limit.',
  },
  VOICE_ID_TAKEN: {
    summary: 'A voice of this id plays already.',
    remedy: 'Free it first, or give the new one another id; `/voice/list` tells those that play.',
  },
  VOICE_UNKNOWN: {
    summary: 'No voice of this id plays.',
    remedy: '`/voice/list` tells those that play; `/event/voice-ended` tells when one ends.',
  },
  VOICE_LIMIT: {
    summary: 'As many voices play as may, and all of them have a higher priority.',
    remedy: 'Free a voice, give the new one a higher priority, or raise `/voice/limit`.',
  },
  VOICE_BUSY: {
    summary: 'Too many voices are being built at once.',
    remedy: 'Wait for `/done` of those asked for, or keep voices ready with `/voice/pool`.',
  },
  VOICE_OPTION: {
    summary: 'A number in a message about voices is out of its range.',
    remedy: 'Use a value in the stated range.',
  },
  ENGINE_QUEUE_FULL: {
    summary: 'More timed messages are waiting than the queue holds; the newest was refused.',
    remedy: 'Send messages nearer to the time at which they apply.',
  },
  ENGINE_EDIT_REFUSED: {
    summary: 'This edit is not done for what comes over the network.',
    remedy: 'Sinks belong to the engine; files are named by paths inside the folder that it was started in.',
  },
  ENGINE_EDIT_WHOLE: {
    summary:
      'An edit could not be done node by node: the edited patch was built anew as a whole, with its params, and cross-faded to.',
    remedy: 'Where that matters, edit in two steps, the second after `/done` of the first.',
  },
  ENGINE_LIST_TOO_LONG: {
    summary: 'There is more to list than fits in one answer.',
    remedy: 'Ask for the edges of one node.',
  },
  ENGINE_OVERLOAD: {
    summary:
      'The graph takes longer than its blocks last; its thread runs without real-time priority from now on.',
    remedy: 'Use fewer or cheaper nodes, a larger --block, or a faster machine; then start again.',
  },
  ENGINE_BUNDLE_NOT_FOUND: {
    summary: 'No model bundle of that name in models/zoo, and no bundle folder at that path.',
    remedy: 'Use a name from models/zoo, or a path to a folder with a model.json.',
  },
  ENGINE_MIDI_FILE: {
    summary: 'A MIDI file of a patch is not there, or cannot be read.',
    remedy: 'Use the name of a piece in presets/midi, or the path of a .mid file that you may read.',
  },
  ENGINE_STATE_NAME: {
    summary: 'A state to be saved or loaded has no plain name.',
    remedy: 'Use letters, digits, - and _, without folders or file ending.',
  },
  ENGINE_STATE_NOT_FOUND: {
    summary: 'The folder states has no state of that name.',
    remedy: 'Save one with state/save NAME, or start the engine in the folder that has the folder states.',
  },
  ENGINE_STATE_READ: {
    summary: 'A file of a state cannot be read, or is no whole state.',
    remedy: 'Save the state anew; copy such files whole.',
  },
  ENGINE_STATE_FOREIGN: {
    summary:
      'A state was made by another model, or by another stepper of the same one; no other can go on from it.',
    remedy: 'Load it in a node of the bundle and with the --stepper that the message names.',
  },
  ENGINE_STATE_WRITE: {
    summary: 'A state could not be written; nothing was left behind.',
    remedy: 'Start the engine in a folder that you may write to, on a disk with room.',
  },
  ENGINE_STEPPER: {
    summary: 'The stepper that was asked for cannot run here.',
    remedy: 'Use --stepper auto, which takes the best one that works.',
  },
  ENGINE_SINK: {
    summary: 'The sink could not be opened.',
    remedy: 'Run `sashimi devices` to see what there is, or use --sink null.',
  },
  ENGINE_OUTPUT: {
    summary: 'The output file could not be written; nothing was left behind.',
    remedy: 'Choose a path in a folder that exists, that you may write to, on a disk with room.',
  },
  ENGINE_REQUEST: {
    summary: 'A request could not be done; what played plays on.',
    remedy: 'Read what the answer says; if it makes no sense, report it with the log.',
  },
  ENGINE_TAKEN: {
    summary: 'An engine plays on this OSC port already, and another `sashimi play` attends to it.',
    remedy: 'Stop that one, or choose another port with --osc-port.',
  },
  ENGINE_RENDER: {
    summary: 'A node failed while a file was rendered; nothing was left behind.',
    remedy: 'The message says which node and why; render without it, or report it to its author.',
  },
  ENGINE_START: {
    summary: 'The engine process did not come up.',
    remedy: 'Read its log; the message names the file.',
  },
  ENGINE_STALLED: {
    summary:
      'The engine or its sink stopped: for several seconds no block was asked for, or for a minute one of its threads said nothing.',
    remedy:
      'The engine is started again by itself. If it recurs, look at the sound card and the load of the machine.',
  },
  ENGINE_LATE: {
    summary: 'The engine plays, but the thread that controls it has said nothing for several seconds.',
    remedy:
      'The sound goes on; after a minute of that the engine is started again. Look at the load of the machine.',
  },
  ENGINE_DIES: {
    summary: 'The engine died again and again and was not started any more.',
    remedy:
      'Read its log; the message names the file. Try --stepper reference or --sink null to find the part.',
  },
  ENGINE_RUNTIME_DIR: {
    summary: 'The per-user folder for sockets and logs cannot be used.',
    remedy: 'Set XDG_RUNTIME_DIR to a folder that belongs to you and to nobody else.',
  },
  PLUGIN_NOT_FOUND: {
    summary: 'No npm package of that name can be found.',
    remedy: 'Install it beside sashimi-live with npm install, or pass the path of its folder.',
  },
  PLUGIN_LOAD: {
    summary: 'A plugin failed while it was imported.',
    remedy: 'The message holds its own error; ask its author, or start without it.',
  },
  PLUGIN_EXPORTS: {
    summary: 'A package does not export what a plugin exports.',
    remedy: 'A plugin exports `nodes`, an array of descriptors, and optionally `module`, a ContainerModule.',
  },
  PLUGIN_NODE: {
    summary: 'A descriptor of a plugin is malformed.',
    remedy: 'Build it with defineNode; the message says which field is wrong.',
  },
  PLUGIN_NODE_TAKEN: {
    summary: 'A plugin brings a node type whose name is taken.',
    remedy: 'Use only one of the two; node types of a plugin should carry its name as a prefix.',
  },
  PLUGIN_SERVICE: {
    summary: 'A node asked for a service that nothing provides.',
    remedy: 'Enable the plugin that binds it with --plugin NAME.',
  },
} as const satisfies Readonly<Record<string, EngineErrorEntry>>;

export type EngineErrorCode = keyof typeof engineErrors;

export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly code: EngineErrorCode;
  readonly remedy: string;

  constructor(code: EngineErrorCode, message: string, options: { remedy?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.remedy = options.remedy ?? engineErrors[code].remedy;
  }
}

/** What any coded error of ours has in common, whole or as it came over a port; anything else becomes `fallback`. */
export function describeError(
  error: unknown,
  fallback: string,
): { readonly code: string; readonly message: string; readonly remedy: string } {
  if (typeof error === 'object' && error !== null && 'message' in error) {
    const { code, remedy, message } = error as { code?: unknown; remedy?: unknown; message: unknown };
    const isCoded = typeof code === 'string' && typeof remedy === 'string';
    return isCoded
      ? { code, message: String(message), remedy }
      : { code: fallback, message: String(message), remedy: '' };
  }
  return { code: fallback, message: String(error), remedy: '' };
}
