import { readRemotePreset } from '../../engine/presets.js';
import type { ControlRoom } from '../control-room.js';
import type { RequestHandlers } from './request-desk.js';

export function presetRequests(room: ControlRoom): RequestHandlers<'/preset/load'> {
  return {
    '/preset/load': async ([name]) => {
      await room.play(readRemotePreset(name as string, process.cwd()));
      return undefined;
    },
  };
}
