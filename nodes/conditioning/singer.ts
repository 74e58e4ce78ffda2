import { defineNode, perBlock } from '../../graph/index.js';
import { parsePhones, parseSyllable, type Syllable, wholeOf } from './phone-text.js';
import { singerParams } from './singer-params.js';
import { Singing, singingPorts } from './singing.js';

const phonesHint = 'such as "hh:80 ah l:60 ow:200": names, each with its length in ms or without';

export const singer = defineNode({
  type: 'singer',
  role: 'source',
  summary: 'Sings notes and says phones: what a model of the voice shall say, how high and how loud.',
  params: singerParams,
  actions: {
    phones: {
      label: 'Say phones',
      description: 'Says these phones now, at the pitch of the note, or of the param without one.',
      args: [{ name: 'phones', type: 'string', description: `200 phones at most, ${phonesHint}.` }],
    },
    sing: {
      label: 'Syllable',
      description: 'What each note sings from now on: its last vowel is held until the note ends.',
      args: [
        {
          name: 'phones',
          type: 'string',
          description: `A syllable, ${phonesHint}; left out: the param vowel again.`,
          optional: true,
        },
      ],
    },
    stop: { label: 'Stop', description: 'Falls silent and forgets all notes.', args: [] },
  },
  ...singingPorts,
  create: (ctx) =>
    perBlock(() => {
      let syllable: Syllable | undefined;
      const singing = new Singing(ctx, {
        syllables: {
          get isEmpty() {
            return syllable === undefined;
          },
          peek: () => syllable!,
          take: () => undefined,
        },
      });
      ctx.onAction('phones', ([text]) => {
        singing.say(parsePhones(String(text)));
        return undefined;
      });
      ctx.onAction('sing', ([text]) => {
        syllable = text === undefined ? undefined : wholeOf(parseSyllable(String(text)));
        return undefined;
      });
      ctx.onAction('stop', () => {
        singing.stop();
        return undefined;
      });
      return ({ tick, in: { notes } }) => singing.write(tick, notes);
    }),
});
