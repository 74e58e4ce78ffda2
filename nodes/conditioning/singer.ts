import { condFrameAt, defineNode, type GraphEvent, maxCondFrames, perBlock } from '../../graph/index.js';
import { PHONES, SPEECH_DIM } from '../../models/index.js';
import { heldVowel, type PhonePlan, parsePhones, parseSyllable, VOWELS } from './phone-text.js';
import { SingerParams, singerParams } from './singer-params.js';
import { SingerRows } from './singer-rows.js';
import { SPEECH_RATE_HZ } from './singer-voice.js';

const phonesHint = 'such as "hh:80 ah l:60 ow:200": names, each with its length in ms or without';

/** Everything counts from the next row on, by the engine frame that it has: so the rows are the same at any block size. */
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
  inputs: { notes: { kind: 'event', optional: true, label: 'Notes to sing, one at a time' } },
  outputs: { speech: { kind: 'cond', dim: SPEECH_DIM, rateHz: SPEECH_RATE_HZ } },
  create: (ctx) =>
    perBlock(() => {
      const data = new Float32Array(
        SPEECH_DIM * maxCondFrames(ctx.maxBlockFrames, SPEECH_RATE_HZ, ctx.sampleRate),
      );
      const result = { speech: { data, dim: SPEECH_DIM, numFrames: 0 } };
      const params = new SingerParams(ctx.params, ctx.sampleRate);
      const rows = new SingerRows(ctx.seed, params);
      const { voice } = rows;
      const vowels = VOWELS.map(heldVowel);
      let vowel = ctx.params.get('vowel');
      let syllable: PhonePlan | undefined;

      ctx.onAction('phones', ([text]) => {
        voice.say(parsePhones(String(text)));
        rows.forget();
        return undefined;
      });
      ctx.onAction('sing', ([text]) => {
        syllable = text === undefined ? undefined : parseSyllable(String(text));
        return undefined;
      });
      ctx.onAction('stop', () => {
        voice.stop();
        rows.forget();
        return undefined;
      });

      ctx.foreseeRows('speech', (index, out) => rows.rowAt(index, out));

      const rowAt = (frame: number): number => condFrameAt(frame, SPEECH_RATE_HZ, ctx.sampleRate);
      const follow = (name: typeof vowel): void => {
        if (name === vowel) return;
        vowel = name;
        if (syllable !== undefined) return;
        voice.changeVowel(PHONES.indexOf(name));
        rows.forget();
      };
      /** Counts from row `rows.next` on. */
      const hear = ({ type, pitch, velocity }: GraphEvent): void => {
        const { glideRows, releaseRows } = params.at(rows.next);
        if (type === 'note-on') {
          voice.noteOn(pitch, Math.min(1, velocity), syllable ?? vowels[VOWELS.indexOf(vowel)]!, glideRows);
          if (!params.canSing(pitch)) {
            ctx.warn('SINGER_RANGE', `note ${pitch} is beyond the voice, which goes from 60 to 600 Hz`);
          }
        } else if (type === 'note-off') voice.noteOff(pitch, glideRows, releaseRows);
        else if (type === 'all-notes-off') voice.allNotesOff(releaseRows);
        else return;
        rows.forget();
      };

      return ({ tick, in: { notes } }) => {
        const { startFrame, numFrames } = tick;
        const first = rowAt(startFrame);
        const end = rowAt(startFrame + numFrames);
        if (params.haveMoved()) rows.forget();
        rows.begin(first);
        follow(ctx.params.get('vowel'));
        let heard = 0;
        for (let row = first; row <= end; row++) {
          while (heard < notes.count && rowAt(startFrame + notes.events[heard]!.frameOffset) <= row) {
            hear(notes.events[heard++]!);
          }
          if (row < end) rows.play(data, (row - first) * SPEECH_DIM);
        }
        result.speech.numFrames = end - first;
        return result;
      };
    }),
});
