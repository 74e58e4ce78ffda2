/** The audio worker's side of MIDI: what nodes ask for goes out as orders. What is played comes over a port, as any message. */
import type { MidiInputs } from '../../nodes/index.js';
import type { ListenOrder } from './worker-protocol.js';

/** Where nothing is live there is nothing to listen to. */
export const noMidiInputs: MidiInputs = {
  listen: () => ({ begin: () => undefined, close: () => undefined }),
};

export function orderedMidiInputs(post: (order: ListenOrder) => void): MidiInputs {
  let lastId = 0;
  return {
    listen(request) {
      const id = ++lastId;
      let state: 'new' | 'begun' | 'closed' = 'new';
      return {
        begin() {
          if (state !== 'new') return;
          state = 'begun';
          post({ kind: 'listen', id, request });
        },
        close() {
          if (state === 'begun') post({ kind: 'unlisten', id });
          state = 'closed';
        },
      };
    },
  };
}
