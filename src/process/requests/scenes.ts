import type { SceneRoom } from '../scene-room.js';
import type { RequestHandlers } from './request-desk.js';

type SceneAddress = Extract<
  keyof RequestHandlers,
  `/preset/${string}` | `/snapshot/${string}` | `/morph${string}` | `/cue/${string}`
>;

/** The arguments are those that src/control/commands declares. */
export function sceneRequests(scenes: SceneRoom): RequestHandlers<SceneAddress> {
  const { cues } = scenes;
  return {
    '/preset/load': async ([name, ms]) => {
      await scenes.loadPreset(name as string, ms as number | undefined);
      return undefined;
    },
    '/preset/save': async ([name]) => {
      await scenes.savePreset(name as string);
      return undefined;
    },
    '/preset/list': () => scenes.listPresets(),
    '/preset/delete': async ([name]) => {
      await scenes.deletePreset(name as string);
      return undefined;
    },
    '/snapshot/store': async ([name]) => {
      await scenes.storeSnapshot(name as string);
      return undefined;
    },
    '/snapshot/recall': async ([name, ms]) => [
      await scenes.morphTo(name as string, (ms as number | undefined) ?? 0),
    ],
    '/snapshot/list': () => scenes.listSnapshots(),
    '/snapshot/delete': async ([name]) => {
      await scenes.deleteSnapshot(name as string);
      return undefined;
    },
    '/morph': async ([from, to, position]) => {
      await scenes.morph(from as string, to as string, position as number);
      return undefined;
    },
    '/morph/to': async ([name, ms, curve]) => [
      await scenes.morphTo(name as string, ms as number, curve as string | undefined),
    ],
    '/cue/load': async ([name]) => [await cues.load(name as string)],
    '/cue/go': () => cues.go(),
    '/cue/back': () => cues.back(),
    '/cue/goto': ([number]) => cues.goto(number as number),
    '/cue/list': () => cues.names(),
  };
}
