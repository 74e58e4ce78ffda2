import { graphErrors } from '../../../graph/index.js';
import { modelErrors } from '../../../models/index.js';
import { nodeErrors } from '../../../nodes/index.js';
import { audioFileErrors } from '../../audio-files/index.js';
import { audioInputCodes } from '../../audio-input/index.js';
import { bindCodes } from '../../binding/index.js';
import { OSC_CODES } from '../../control/index.js';
import { engineErrors } from '../../engine/errors.js';
import { midiCodes } from '../../midi/errors.js';
import { sceneErrors } from '../../scenes/index.js';
import { takeErrors } from '../../takes/index.js';
import { cliErrors } from '../errors.js';
import { markdownTable } from './markdown.js';

export type Catalogue = Readonly<Record<string, { readonly summary: string; readonly remedy: string }>>;

/** Every catalogue of the program, with the heading under which its codes are explained. */
export const catalogues: readonly (readonly [heading: string, codes: Catalogue])[] = [
  ['The command line', cliErrors],
  ['Engine, presets and plugins', engineErrors],
  ['OSC', OSC_CODES],
  ['MIDI', midiCodes],
  ['Bindings of MIDI controls', bindCodes],
  ['Patches, params and graphs', graphErrors],
  ['Nodes and sinks', nodeErrors],
  ['Models and checkpoints', modelErrors],
  ['Audio files', audioFileErrors],
  ['Takes', takeErrors],
  ['Own presets, snapshots and cues', sceneErrors],
  ['Inputs of the sound card', audioInputCodes],
];

/** docs/errors.md, whole. */
export function errorsDocument(): string {
  const lines = [
    '# Errors',
    '',
    'Every error has a code, a sentence that says what was expected and what was received, and a remedy. The command',
    'line prints them on stderr as `CODE: sentence` with the remedy below and ends with exit code 1, or with 2 for',
    '`CLI_USAGE`. OSC answers `/fail CODE message` or `/warn CODE message` to the sender; nothing is refused silently.',
    '',
    'Made from the catalogues by `npm run docs`; a test holds it against them.',
  ];
  for (const [heading, codes] of catalogues) {
    const rows = Object.entries(codes).map(([code, { summary, remedy }]) => [`\`${code}\``, summary, remedy]);
    lines.push('', `## ${heading}`, '', ...markdownTable(['code', 'meaning', 'what to do'], rows));
  }
  return `${lines.join('\n')}\n`;
}
