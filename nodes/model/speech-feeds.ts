import {
  type ConditioningInput,
  SPEECH_DIM,
  SPEECH_HOP,
  SPEECH_SAMPLE_RATE,
  SPEECH_SOURCE_DIM,
  SpeechSource,
} from '../../models/index.js';
import { plainFeed, ROW_RATE_HZ, type RowFeed } from './row-feeds.js';

/** Whether the port `speech` can feed it: of a kind that it is, in the shape which that kind has. */
export function isFedBySpeech({ kind, dim, rateHz }: ConditioningInput, sampleRate: number): boolean {
  if (sampleRate !== SPEECH_SAMPLE_RATE) return false;
  if (kind === 'speech') return dim === SPEECH_DIM && rateHz === ROW_RATE_HZ;
  return kind === 'speech-source' && dim === SPEECH_SOURCE_DIM && rateHz === SPEECH_SAMPLE_RATE;
}

/** What the port `speech` feeds of a model. `capacity`: rows that may be written again. */
export function speechFeeds(
  conditioning: readonly ConditioningInput[],
  sampleRate: number,
  capacity: number,
): RowFeed[] {
  return conditioning.flatMap((spec, input) => {
    if (!isFedBySpeech(spec, sampleRate)) return [];
    return [spec.kind === 'speech' ? plainFeed(input, SPEECH_DIM) : sourceFeed(input, capacity)];
  });
}

/**
 * The source under each row: its phase goes on from row to row, so the state before each of the last rows is kept, to go back
 * to. Where rows were left out, after a gap, it goes on from the last one.
 */
function sourceFeed(input: number, capacity: number): RowFeed {
  const source = new SpeechSource();
  const numKept = capacity + 1;
  /** The state before row j, at j % numKept, and which row that is. */
  const kept = Array.from({ length: numKept }, () => new SpeechSource());
  const rowOfKept = new Float64Array(numKept).fill(-1);
  const keep = (index: number): void => {
    kept[index % numKept]!.copyFrom(source);
    rowOfKept[index % numKept] = index;
  };
  return {
    input,
    framesPerRow: SPEECH_HOP,
    dim: SPEECH_SOURCE_DIM,
    write: (index, row, into, at) => {
      if (rowOfKept[index % numKept] === index) source.copyFrom(kept[index % numKept]!);
      else keep(index);
      source.write(row, 0, into, at);
      keep(index + 1);
    },
    restart: () => {
      source.reset();
      rowOfKept.fill(-1);
    },
  };
}
