import { defineNode, msToFrames, perBlock } from '../../graph/index.js';
import { createAudioBlock } from '../audio-block.js';
import { SpliceFade } from '../dsp/splice-fade.js';
import { NodeError } from '../errors.js';
import { AUDIO_FILES, type AudioFileStream } from '../services.js';
import { levelParam, rampToGains } from '../transform/level.js';

/** Of starts, stops and jumps. */
const FADE_MS = 4;
const CHANNELS = 2;
/** A day: further is no place in a file. */
const MOST_SECONDS = 86_400;

const secondsArg = {
  name: 'seconds',
  type: 'float',
  description: 'From the beginning of the file, 0 to 86400.',
} as const;

/** A thread decodes ahead; a tick copies. */
export const audioFile = defineNode({
  type: 'audio-file',
  role: 'source',
  summary: 'Plays an audio file: WAV, AIFF, CAF, FLAC, MP3, Ogg Vorbis or Opus, of any length and rate.',
  params: { gainDb: levelParam('Gain') },
  settings: {
    file: { type: 'string', label: 'Path of the file; relative to the working folder, or to the package' },
    autoplay: { type: 'bool', label: 'Play from the start', default: true },
    loop: { type: 'bool', label: 'Play round and round', default: false },
    loopStartSeconds: {
      type: 'number',
      label: 'Where a round begins',
      min: 0,
      max: MOST_SECONDS,
      default: 0,
    },
    loopEndSeconds: {
      type: 'number',
      label: 'Where a round ends; 0 for the end of the file',
      min: 0,
      max: MOST_SECONDS,
      default: 0,
    },
  },
  actions: {
    play: {
      label: 'Play',
      description: 'Plays on where it was stopped, or from a place.',
      args: [{ ...secondsArg, optional: true }],
    },
    stop: { label: 'Stop', description: 'Fades out and stays where it is.', args: [] },
    seek: { label: 'Seek', description: 'Goes to a place, playing or not.', args: [secondsArg] },
  },
  inputs: {},
  outputs: { audio: { kind: 'audio', channels: CHANNELS } },
  prepare: async (ctx) => {
    const { file, loop, loopStartSeconds, loopEndSeconds } = ctx.settings;
    const stream = await ctx.services.get(AUDIO_FILES).open({
      nodeId: ctx.nodeId,
      file,
      mode: ctx.mode,
      sampleRate: ctx.sampleRate,
      channels: CHANNELS,
      loop: loop
        ? { startSeconds: loopStartSeconds, endSeconds: loopEndSeconds === 0 ? undefined : loopEndSeconds }
        : undefined,
    });
    return { stream, wasPlayed: false };
  },
  create: (ctx, resources) =>
    perBlock(() => {
      const { stream } = resources;
      // What was decoded ahead is the beginning of the file, once.
      if (resources.wasPlayed) stream.seek(0);
      resources.wasPlayed = true;
      const out = createAudioBlock(CHANNELS, ctx.maxBlockFrames);
      const fadeFrames = msToFrames(FADE_MS, ctx.sampleRate);
      const splices = out.channels.map(() => new SpliceFade(fadeFrames));
      const gains = new Float32Array(ctx.maxBlockFrames);
      const result = { audio: out };
      let isPlaying = ctx.settings.autoplay;
      /** Nothing has come since the start or a jump: that is no gap. */
      let isStarting = true;

      const jump = (seconds: number): void => {
        for (const splice of splices) splice.cut();
        stream.seek(seconds);
        isStarting = true;
      };
      ctx.onAction('play', ([seconds]) => {
        if (seconds !== undefined) jump(placeOf(seconds));
        else if (stream.isAtEnd) jump(0);
        isPlaying = true;
        return undefined;
      });
      ctx.onAction('stop', () => {
        isPlaying = false;
        return undefined;
      });
      ctx.onAction('seek', ([seconds]) => {
        jump(placeOf(seconds));
        return undefined;
      });

      return ({ tick: { numFrames } }) => {
        const count = isPlaying ? stream.read(out.channels, numFrames) : 0;
        if (isPlaying && count < numFrames) {
          if (stream.isAtEnd) {
            isPlaying = false;
            if (isStarting && count === 0) ctx.warn('NODE_FILE_EMPTY', 'there is no sound from here on');
          } else if (!isStarting || count > 0) {
            ctx.warn('NODE_FILE_LATE', `${numFrames - count} frames were not there in time`);
          }
        }
        if (count > 0) isStarting = false;
        ctx.params.ramp('gainDb', gains, numFrames);
        rampToGains(gains, numFrames);
        for (let c = 0; c < CHANNELS; c++) {
          const channel = out.channels[c]!;
          splices[c]!.process(channel, count, numFrames);
          for (let i = 0; i < numFrames; i++) channel[i] = channel[i]! * gains[i]!;
        }
        tellNews(stream, ctx.warn);
        return result;
      };
    }),
  dispose: async ({ stream }) => {
    await stream.close();
  },
});

function placeOf(seconds: unknown): number {
  if (typeof seconds === 'number' && seconds >= 0 && seconds <= MOST_SECONDS) return seconds;
  throw new NodeError('NODE_ARGUMENT', `seconds are 0 to ${MOST_SECONDS} but were ${String(seconds)}`);
}

function tellNews(stream: AudioFileStream, warn: (code: string, message: string) => void): void {
  const news = stream.takeNews();
  if (news !== undefined) warn(news.code, news.message);
}
