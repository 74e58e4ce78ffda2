import { defineNode, perBlock } from '../../graph/index.js';
import { type ReadText, TEXT_READERS, type TextReader, type TextRequest } from '../services.js';
import { LyricSyllables } from './lyric-syllables.js';
import { speakerNames } from './singer-params.js';
import { Singing, singingPorts } from './singing.js';
import { textParams } from './text-params.js';
import { TextReading } from './text-reading.js';

interface Resources {
  readonly reader: TextReader;
  /** Of the setting; undefined when that is empty. */
  readonly lyrics: ReadText | undefined;
}

export const text = defineNode({
  type: 'text',
  role: 'source',
  summary:
    'Speaks English text, and sings it to notes: what a model of the voice shall say, how high and how loud.',
  params: textParams,
  settings: {
    lyrics: {
      type: 'string',
      label: 'What notes sing from the start, one syllable each; empty: the vowel of the param',
      default: '',
    },
    leadMs: {
      type: 'number',
      label: 'How much later notes are sung, so that consonants come before the beat; 0 to play by hand',
      min: 0,
      max: 500,
      default: 120,
    },
  },
  actions: {
    say: {
      label: 'Say',
      description:
        'Speaks a text now, in place of what is said; notes that are held give the pitch. Answers how many seconds it takes at rate 1.',
      args: [{ name: 'text', type: 'string', description: 'English, up to 131,072 characters.' }],
    },
    sing: {
      label: 'Sing',
      description: 'What notes sing from now on, one syllable each. Answers how many syllables there are.',
      args: [
        {
          name: 'text',
          type: 'string',
          description: 'English, up to 131,072 characters; left out: the vowel of the param again.',
          optional: true,
        },
      ],
    },
    stop: {
      label: 'Stop',
      description: 'Falls silent, forgets all notes, and begins the words anew.',
      args: [],
    },
  },
  ...singingPorts,
  prepare: async ({ mode, services, settings, seed }): Promise<Resources> => {
    const reader = await services.get(TEXT_READERS).open(mode);
    try {
      const request: TextRequest = { text: settings.lyrics, seed, way: 'sing' };
      return { reader, lyrics: settings.lyrics === '' ? undefined : await reader.read(request) };
    } catch (error) {
      await reader.close();
      throw error;
    }
  },
  create: (ctx, { reader, lyrics }) =>
    perBlock(() => {
      const syllables = new LyricSyllables(() => ctx.params.get('repeat'));
      const singing = new Singing(ctx, { names: speakerNames, leadMs: ctx.settings.leadMs, syllables });
      const reading = new TextReading(reader, ctx);
      let told = lyrics?.lyrics;
      const sing = (read: ReadText): number => {
        told = read.lyrics!;
        syllables.begin(told);
        return told.count;
      };
      if (lyrics !== undefined) {
        reading.tell(lyrics);
        syllables.begin(told);
      }
      ctx.onAction('say', ([words]) =>
        reading.read('say', String(words), ({ plan, seconds }) => {
          singing.say(plan!);
          return seconds;
        }),
      );
      ctx.onAction('sing', ([words]) => {
        if (words !== undefined) return reading.read('sing', String(words), sing);
        told = undefined;
        syllables.begin(told);
        return undefined;
      });
      ctx.onAction('stop', () => {
        reading.forget();
        singing.stop();
        syllables.begin(told);
        return undefined;
      });
      return ({ tick, in: { notes } }) => singing.write(tick, notes);
    }),
  dispose: async ({ reader }) => reader.close(),
});
