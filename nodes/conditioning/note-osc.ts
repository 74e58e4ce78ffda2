import { defineNode, type EventBlock, perBlock } from '../../graph/index.js';
import { bindKeyboard, keyboardActions } from './keyboard.js';
import { NoteQueue } from './note-queue.js';

export const noteOsc = defineNode({
  type: 'note-osc',
  role: 'source',
  summary: 'A keyboard that is played by messages: notes, the sustain pedal and the pitch wheel.',
  params: {},
  actions: keyboardActions,
  inputs: {},
  outputs: { notes: { kind: 'event' } },
  create: (ctx) =>
    perBlock(() => {
      const queue = new NoteQueue();
      const result: { notes: EventBlock } = { notes: queue.take() };
      bindKeyboard(ctx.onAction, queue);
      return () => {
        result.notes = queue.take();
        return result;
      };
    }),
});
