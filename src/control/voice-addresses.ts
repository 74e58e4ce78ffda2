/**
 * The addresses of one voice: of itself, and of the nodes of its patch. In messages a node of a voice has the id
 * `VOICE/NODE`, and the voice itself `VOICE/`: no node of the patch that plays can have such an id.
 */
import type { ActionArgSpec, NodeRegistry, ParamSpec, Patch } from '../../graph/index.js';
import { type AddressEntry, type AddressTable, nodeEntries } from './address-table.js';
import { COMMANDS } from './commands.js';

const voiceId = /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/;

/** Letters, digits, `_` and `-`, at most 32; and no word that is a command: `/voice/new` is one. */
export function isVoiceId(id: string): boolean {
  return voiceId.test(id) && !Object.hasOwn(COMMANDS, `/voice/${id}`);
}

export const VOICE_PARAMS = {
  gain: {
    type: 'float',
    label: 'Gain of the voice',
    unit: 'db',
    min: -120,
    max: 12,
    default: 0,
    warp: 'db',
    smoothingMs: 20,
  },
} as const satisfies Record<string, ParamSpec>;

/** The ranges of a place. Any finite azimuth is one, and is taken round the circle. */
export const VOICE_DISTANCE = {
  type: 'float',
  label: 'Distance, metres',
  unit: 'none',
  min: 0,
  max: 10_000,
  default: 1,
  warp: 'exp',
  smoothingMs: 0,
} as const satisfies ParamSpec;

export interface VoiceControl {
  readonly description: string;
  readonly args: readonly ActionArgSpec[];
}

const fadeArg = { name: 'ms', type: 'float', description: 'how long it takes', optional: true } as const;

/** What is said to a voice without an answer, as to a param: it comes from games, sixty times a second. */
export const VOICE_CONTROLS = {
  position: {
    description: 'Moves the voice: degrees from the front, clockwise, and metres.',
    args: [
      { name: 'azimuth', type: 'float', description: 'degrees: 0 in front, 90 right' },
      { name: 'distance', type: 'float', description: 'metres' },
      fadeArg,
    ],
  },
  fade: { description: 'Fades the voice out and ends it.', args: [fadeArg] },
} as const satisfies Record<string, VoiceControl>;

export function voiceAddresses(voice: string, patch: Patch, registry: NodeRegistry): AddressTable {
  const at = `/voice/${voice}`;
  const own = nodeEntries({ id: `${voice}/`, address: at, descriptor: { params: VOICE_PARAMS } });
  const controls = (['position', 'fade'] as const).map(
    (name): AddressEntry => ({
      address: `${at}/${name}`,
      description: VOICE_CONTROLS[name].description,
      target: { kind: 'voice', voice, name, args: VOICE_CONTROLS[name].args },
    }),
  );
  const nodes = patch.nodes.flatMap(({ id, type }) => {
    const descriptor = registry.get(type);
    return descriptor === undefined
      ? []
      : [...nodeEntries({ id: `${voice}/${id}`, address: `${at}/${id}`, descriptor })];
  });
  return [...own, ...controls, ...nodes];
}
