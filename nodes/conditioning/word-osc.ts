import { defineNode, type EventBlock, perBlock } from '../../graph/index.js';
import { FIRST_WORD_PITCH } from '../../models/index.js';
import { NodeError } from '../errors.js';
import { NoteQueue } from './note-queue.js';

/** As many as there are keys from the first word's on. */
const MOST_WORDS = 128 - FIRST_WORD_PITCH;

/** Notes are named by what they say: key 60 is the first word, and so on up. */
/** Of the voice, when nobody says how high. */
const MIDDLE = 0.5;

export const wordOsc = defineNode({
  type: 'word-osc',
  role: 'source',
  summary: 'A mouth that is played by messages: each word is a note, the first one key 60.',
  params: {},
  settings: {
    words: {
      type: 'string',
      label: 'The words of the model, in its order, with spaces or commas between',
      default: 'yes no up down left right on off stop go',
    },
  },
  actions: {
    say: {
      label: 'Say',
      description: 'Begins a word; one that sounds gives way to it.',
      args: [
        { name: 'word', type: 'string', description: 'One of the words of the node.' },
        {
          name: 'height',
          type: 'float',
          description: 'How high the voice is, 0 to 1; left out: in the middle.',
          optional: true,
        },
      ],
    },
    stop: { label: 'Stop', description: 'Ends the word that sounds.', args: [] },
  },
  inputs: {},
  outputs: { notes: { kind: 'event' } },
  create: (ctx) => {
    const words = wordsOf(ctx.settings.words);
    return perBlock(() => {
      const queue = new NoteQueue();
      const result: { notes: EventBlock } = { notes: queue.take() };
      let lastId = 0;
      /** The key that is down; none when NaN. */
      let key = Number.NaN;
      const letGo = (): void => {
        if (Number.isNaN(key)) return;
        if (!queue.push('note-off', key, 0, lastId)) throw full('stop');
        key = Number.NaN;
      };
      ctx.onAction('say', ([word, height = MIDDLE]) => {
        const index = words.indexOf(String(word).toLowerCase());
        if (index < 0) {
          throw new NodeError('NODE_ARGUMENT', `the words are ${words.join(', ')}, but this was "${word}"`);
        }
        if (!(typeof height === 'number' && height >= 0 && height <= 1)) {
          throw new NodeError('NODE_ARGUMENT', `height is 0 to 1 but was ${String(height)}`);
        }
        letGo();
        if (!queue.push('note-on', FIRST_WORD_PITCH + index, height, lastId + 1)) throw full(`"${word}"`);
        lastId++;
        key = FIRST_WORD_PITCH + index;
        return undefined;
      });
      ctx.onAction('stop', () => {
        letGo();
        return undefined;
      });
      return () => {
        result.notes = queue.take();
        return result;
      };
    });
  },
});

/** Throws NODE_SETTING. */
function wordsOf(text: string): readonly string[] {
  const words = text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((word) => word !== '');
  const twice = words.find((word, i) => words.indexOf(word) < i);
  if (twice !== undefined) {
    throw new NodeError('NODE_SETTING', `words are all different, but "${twice}" is there twice`);
  }
  if (words.length === 0 || words.length > MOST_WORDS) {
    throw new NodeError('NODE_SETTING', `words are 1 to ${MOST_WORDS}, but there are ${words.length}`);
  }
  return words;
}

function full(what: string): NodeError {
  return new NodeError('NODE_QUEUE_FULL', `${what} came with too many others at once`);
}
