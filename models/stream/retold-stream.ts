import type { ConditioningInput } from '../bundle/types.js';
import { isStateCommand } from '../state/state-check.js';
import type { StateCommand } from '../state/state-command.js';
import type { Sampling } from '../stepper.js';
import type { Lapse, ModelStream, StreamState, StreamStates } from '../stream.js';
import type { InlineStream } from './inline-stream.js';
import { Lapses } from './lapses.js';
import { VersionFade } from './version-fade.js';

/** Called before the first read of each stream that a reset begins: all its lapses. */
export type Retelling = () => readonly Lapse[];

/** What the thread knew, and did not know what was said from some read on. */
interface Version {
  readonly stream: InlineStream;
  /** What was said and does not apply yet, in order, and from which frame on it does. */
  readonly waiting: { readonly frame: number; readonly words: readonly Word[] }[];
  /** From this frame on it is not heard; Infinity for the newest. */
  until: number;
  /** Frames of it that are faded out under the next; undefined where nobody hears that one any more. */
  left: number | undefined;
}

interface Word {
  say(stream: InlineStream): void;
  /** The slot in which it keeps a state; undefined for none. */
  readonly keepsIn?: number;
}

/**
 * Inline, and yet, to the bit, what was heard of a stream on a thread: it heeds control as that did when nothing came late, so
 * what is said before a read applies from the end of that read on; and where the thread was late, it is as late. It steps a
 * version for each state of knowledge of that thread that is heard at the same time, which is one but for a moment after
 * something came late. For replays; allocates.
 */
export class RetoldStream implements ModelStream {
  readonly mode = 'inline';
  readonly sampleRate: number;
  readonly lookAheadFrames = 0;
  readonly availableFrames = 0;
  readonly planAheadFrames: number;
  readonly conditioning: readonly ConditioningInput[];
  readonly states: StreamStates;
  private readonly retelling: Retelling;
  /** What was kept less than so long ago might have been kept anew: a reset gives it up. StreamStates of the addon has the same. */
  private readonly unsureFrames: number;
  private readonly fade: VersionFade;
  /** From the one that is heard to the one that knows all. */
  private versions: Version[];
  private spare: InlineStream[] = [];
  /** Undefined before the first read. */
  private told: Lapses | undefined;
  private numReads = 0;
  /** Since the last read. */
  private words: Word[] = [];
  private conditioningWords: Word[] = [];
  /** Word by word: all since the reset, and what was said before the first read. */
  private numWords = 0;
  private early: (readonly [number: number, word: Word])[] = [];
  private lastSaid: Word = { say: () => undefined };
  /** Of a stream in a worker: what never applied and would have kept something. */
  private unheard: number[] = [];
  private scratch = new Float32Array(0);

  /** `stream` is at its beginning, and belongs to this one. `planAheadFrames`: of the stream that is retold. */
  constructor(
    stream: InlineStream,
    planAheadFrames: number,
    retelling: Retelling,
    /** Of a stream in a worker, which tells when each word applied. */
    private readonly isWordByWord = false,
  ) {
    this.sampleRate = stream.sampleRate;
    this.conditioning = stream.conditioning;
    this.retelling = retelling;
    this.planAheadFrames = planAheadFrames;
    this.unsureFrames = isWordByWord ? 0 : 2 * planAheadFrames - 1;
    this.fade = new VersionFade(stream.sampleRate);
    this.versions = [newest(stream)];
    this.states = this.statesOf(stream.states);
  }

  get position(): number {
    return this.versions[0]!.stream.position;
  }

  get state(): StreamState {
    return this.last.stream.state;
  }

  get steerAfterFrames(): number {
    return this.told?.steerAfterFrames(this.numReads) ?? 0;
  }

  read(out: Float32Array, numFrames: number): number {
    if (this.told === undefined) {
      this.told = new Lapses(this.retelling());
      for (const word of this.early) this.schedule(word);
      this.early = [];
    }
    this.numReads++;
    const wanted = Math.min(numFrames, out.length);
    const count = Math.min(wanted, this.told.readFrames(this.numReads) ?? wanted);
    for (let done = 0; done < count; ) {
      this.changeVersion();
      const heard = this.versions[0]!;
      const n = Math.min(count - done, heard.until - this.position);
      const part = out.subarray(done, done + n);
      step(heard, part);
      for (const version of this.versions.slice(1)) step(version, this.aside(n));
      this.fade.process(part);
      done += n;
    }
    this.changeVersion();
    this.handOver();
    return count;
  }

  setSampling(sampling: Sampling): void {
    const values = { ...sampling };
    this.lastSaid = { say: (stream) => stream.setSampling(values) };
    this.say(this.lastSaid);
  }

  planSampling(frame: number, sampling: Sampling): void {
    const values = { ...sampling };
    this.say({ say: (stream) => stream.planSampling(frame, values) });
    this.lastSaid = { say: (stream) => stream.setSampling(values) };
  }

  setConditioning(input: number, firstFrame: number, frames: Float32Array, numFrames: number): void {
    const values = frames.slice();
    const word: Word = {
      say: (stream) => stream.setConditioning(input, firstFrame, values, numFrames),
    };
    if (this.isWordByWord) this.say(word);
    else this.conditioningWords.push(word);
  }

  reset(seed: number): void {
    const { stream, waiting } = this.last;
    stream.states.giveUpFrom(stream.position - this.unsureFrames, [
      ...waiting.flatMap(({ words }) => words.flatMap(keptIn)),
      ...this.unheard,
      // All that is said word by word is on its way already.
      ...this.early.flatMap(([, word]) => keptIn(word)),
    ]);
    for (const version of this.versions) if (version.stream !== stream) this.spare.push(version.stream);
    this.versions = [newest(stream)];
    this.fade.restart();
    this.told = undefined;
    this.numReads = 0;
    this.words = [];
    this.early = [];
    this.unheard = [];
    this.numWords = 0;
    this.conditioningWords = [];
    this.lastSaid.say(stream);
    stream.reset(seed);
  }

  async close(): Promise<void> {
    for (const { stream } of this.versions) await stream.close();
    for (const stream of this.spare) await stream.close();
  }

  private say(word: Word): void {
    if (!this.isWordByWord) this.words.push(word);
    else if (this.told === undefined) this.early.push([++this.numWords, word]);
    else this.schedule([++this.numWords, word]);
  }

  /** What never applied is not said. */
  private schedule([number, word]: readonly [number: number, word: Word]): void {
    const frame = this.told?.wordFrame(number);
    if (frame === undefined) {
      if (word.keepsIn !== undefined) this.unheard.push(word.keepsIn);
      return;
    }
    const { waiting } = this.last;
    const at = waiting.findLastIndex((other) => other.frame <= frame) + 1;
    waiting.splice(at, 0, { frame, words: [word] });
  }

  private get last(): Version {
    return this.versions.at(-1)!;
  }

  /** Goes over to the version that is due, if one is. */
  private changeVersion(): void {
    while (this.versions[0]!.until <= this.position) {
      const old = this.versions.shift()!;
      if (old.left !== undefined) {
        const tail = new Float32Array(Math.min(old.left, this.fade.numFrames));
        step(old, tail);
        this.fade.cut(tail);
      }
      this.spare.push(old.stream);
    }
  }

  /** What was said up to the end of this read goes to the newest version, or makes one that knows it. */
  private handOver(): void {
    const told = this.told!;
    const late = told.lateAt(this.numReads);
    if (late !== undefined && late.frame > this.position) {
      const old = this.last;
      old.until = late.frame;
      old.left = late.kind === 'late' ? late.frames : undefined;
      const stream = this.spare.pop();
      stream?.copyFrom(old.stream);
      const twin = stream ?? old.stream.twin();
      if (twin !== undefined) this.versions.push({ ...newest(twin), waiting: [...old.waiting] });
    }
    const words = this.words;
    this.words = [];
    if (!told.isPostponed(this.numReads)) {
      words.push(...this.conditioningWords);
      this.conditioningWords = [];
    }
    if (words.length === 0) return;
    this.last.waiting.push({ frame: this.position + told.delayFrames(this.numReads), words });
    obey(this.last);
  }

  private aside(numFrames: number): Float32Array {
    if (this.scratch.length < numFrames) this.scratch = new Float32Array(numFrames);
    return this.scratch.subarray(0, numFrames);
  }

  private statesOf({ slotBytes, numTiers, rewindFrames }: StreamStates): StreamStates {
    return {
      slotBytes,
      numTiers,
      rewindFrames,
      command: (command: StateCommand) => {
        if (!isStateCommand(command)) return false;
        const values = { ...command };
        const say = (stream: InlineStream): void => {
          stream.states.command(values);
        };
        this.say(values.kind === 'keep' ? { say, keepsIn: values.a } : { say });
        return true;
      },
      isKept: (slot) => this.last.stream.states.isKept(slot),
      copySlot: (slot, into) => this.last.stream.states.copySlot(slot, into),
      fillSlot: (slot, from) => {
        let isFilled = true;
        for (const { stream } of this.versions) isFilled = stream.states.fillSlot(slot, from) && isFilled;
        return isFilled;
      },
    };
  }
}

function keptIn({ keepsIn }: Word): readonly number[] {
  return keepsIn === undefined ? [] : [keepsIn];
}

function newest(stream: InlineStream): Version {
  return { stream, waiting: [], until: Number.POSITIVE_INFINITY, left: undefined };
}

/** What is due is said. */
function obey({ stream, waiting }: Version): void {
  while (waiting.length > 0 && waiting[0]!.frame <= stream.position) {
    for (const word of waiting.shift()!.words) word.say(stream);
  }
}

function step(version: Version, out: Float32Array): void {
  const { stream, waiting } = version;
  for (let done = 0; done < out.length; ) {
    obey(version);
    const due = waiting[0]?.frame ?? Number.POSITIVE_INFINITY;
    const count = Math.min(out.length - done, due - stream.position);
    if (stream.read(out.subarray(done, done + count), count) < count) return;
    done += count;
  }
  obey(version);
}
