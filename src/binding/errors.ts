/** The catalogue of everything that is refused or told of bindings. */
export const bindCodes = {
  BIND_CONTROL: {
    summary: 'The text names no MIDI control.',
    remedy:
      'Write kind, number, channel and part of a port name, as in `cc:21@1 launchkey`; the kinds are cc, cc14, nrpn, bend, pressure, key-pressure, note and program.',
  },
  BIND_TARGET: {
    summary: 'A control cannot be bound to this message.',
    remedy:
      'Bind a param, an action, /master or a command that is not answered to its sender, with its arguments; $ stands for the value of the control.',
  },
  BIND_OPTION: {
    summary: 'A word or number among the options of a binding means nothing.',
    remedy:
      'Use the words jump or pickup; warp, lin, log, exp or s; value, trigger, toggle or gate; feedback or silent. MIN and MAX are finite numbers.',
  },
  BIND_ADDRESS_ABSENT: {
    summary: 'What plays has no such address; the binding waits for a patch that has it.',
    remedy: 'Load the preset that it is meant for, or remove the binding with /bind/remove.',
  },
  BIND_REFUSED: {
    summary: 'What a control said was refused where it went; told once for each binding.',
    remedy: 'Change the arguments or the range of the binding as the message says.',
  },
  BIND_NO_SUCH: {
    summary: 'There is no binding of this number.',
    remedy: 'Ask /bind/list for the numbers.',
  },
  BIND_FULL: {
    summary: 'There are as many bindings as are kept.',
    remedy: 'Remove some with /bind/remove.',
  },
  BIND_NAME: {
    summary: 'The name of a mapping file is not a plain name.',
    remedy: 'Use up to 64 letters, digits, - and _, without folders or file ending.',
  },
  BIND_FILE: {
    summary: 'A mapping file cannot be found, read or written.',
    remedy: 'Mapping files lie in presets/ of the folder that the engine was started in: NAME.bindings.json.',
  },
  BIND_FORMAT: {
    summary: 'A mapping file does not hold what its format says; what was bound stays bound.',
    remedy: 'Correct the place that the message names; docs/binding.md has the format.',
  },
} as const satisfies Readonly<Record<string, { readonly summary: string; readonly remedy: string }>>;

export type BindCode = keyof typeof bindCodes;

export class BindError extends Error {
  override readonly name = 'BindError';
  readonly remedy: string;

  constructor(
    readonly code: BindCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.remedy = bindCodes[code].remedy;
  }
}
