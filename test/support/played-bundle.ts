import { type Patch, parsePatch } from '../../graph/index.js';
import { writeBundle } from '../../models/index.js';
import { NOTE_CONDITIONING } from './note-conditioning.js';
import { tinyBundleParts } from './tiny-bundle.js';

/** Writes a tiny random model that takes notes as a bundle into a folder that is not there yet. */
export async function writePlayedBundle(folder: string): Promise<void> {
  const { draft, tensors } = tinyBundleParts({ conditioning: NOTE_CONDITIONING });
  await writeBundle(folder, draft, tensors, '# Tiny\n');
}

/** `keys`, a keyboard unless it is said otherwise, that plays `bundle`. */
export function playedPatch(
  bundle: string,
  keys: Readonly<Record<string, unknown>> = { type: 'note-osc' },
): Patch {
  return parsePatch({
    format: 'sashimi-live/patch',
    formatVersion: 1,
    title: 'Played',
    description: '',
    messages: [],
    nodes: [
      { id: 'keys', ...keys },
      { id: 'model', type: 'sashimi', settings: { bundle } },
      { id: 'level', type: 'gain' },
    ],
    edges: [
      { from: 'keys.notes', to: 'model.notes' },
      { from: 'model.audio', to: 'level.audio' },
    ],
    output: 'level.audio',
  });
}
