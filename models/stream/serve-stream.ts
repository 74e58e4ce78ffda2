import { parentPort } from 'node:worker_threads';
import type { ConditioningInput } from '../bundle/types.js';
import { ModelError, type ModelErrorCode } from '../errors.js';
import type { OnnxProvider } from '../onnx/providers.js';
import type { StateCommand } from '../state/state-command.js';
import { StateDeck } from '../state/state-deck.js';
import type { Pair, Sampling, Stepper, Voice } from '../stepper.js';
import type { WatchdogSettings } from '../watchdog/settings.js';
import { Watchdog } from '../watchdog/watchdog.js';
import { PlannedConditioning } from './planned-conditioning.js';
import { PlannedSampling } from './planned-sampling.js';
import type { PortableKind } from './portable-stepper.js';
import { SharedFrames } from './shared-frames.js';
import { SharedRing } from './shared-ring.js';
import { SharedSampling } from './shared-sampling.js';
import { SharedStates } from './shared-states.js';
import { streamNumbers } from './stream-numbers.js';
import { WordNews } from './worker-lapses.js';
import type { WorkerStateFacts } from './worker-states.js';

/** The model that sounds as one with that of a stream. */
export interface SecondBundle extends Pair {
  readonly bundleDir: string;
}

export interface StreamWorkerData {
  readonly bundleDir: string;
  readonly second: SecondBundle | undefined;
  readonly kind: PortableKind;
  /** Of the onnx stepper. */
  readonly provider: OnnxProvider | undefined;
  readonly seed: number;
  readonly sampling: Sampling;
  readonly buffer: SharedArrayBuffer;
  /** Of the SharedSampling, and of the WordNews. */
  readonly control: SharedArrayBuffer;
  readonly news: SharedArrayBuffer;
  readonly lookAheadFrames: number;
  /** Undefined for a voice that is not watched. */
  readonly watchdog: WatchdogSettings | undefined;
}

/** The first message of the worker: what it runs, or why it cannot. A second one only tells why it stopped. */
export type StreamWorkerReply =
  | {
      readonly ok: true;
      readonly instructionSet: string;
      readonly sampleRate: number;
      readonly conditioning: readonly ConditioningInput[];
      /** Of the SharedFrames. */
      readonly frames: SharedArrayBuffer;
      readonly states: WorkerStateFacts;
    }
  | StreamWorkerFailure;

export interface StreamWorkerFailure {
  readonly ok: false;
  /** Undefined for what is no ModelError. */
  readonly code: ModelErrorCode | undefined;
  readonly message: string;
}

/** Time constant of the load, in seconds of audio. */
const LOAD_SECONDS = 0.5;

/** In a worker thread: steps one voice of what `open` gives into a SharedRing until that closes. Never rejects. */
export async function serveStream(data: StreamWorkerData, open: () => Promise<Stepper>): Promise<void> {
  const ring = new SharedRing(data.buffer, data.lookAheadFrames);
  let stepper: Stepper | undefined;
  try {
    stepper = await open();
    const { instructionSet, sampleRate, conditioning } = stepper;
    const frames = new SharedFrames(conditioning);
    const voice = stepper.createVoice(data.seed);
    const { snapshotBytes } = voice;
    const shared = new SharedStates(snapshotBytes);
    const deck = new StateDeck(voice, sampleRate, shared.slots);
    const { layout, sizes } = deck;
    const states = { snapshotBytes, layout, rewindFrames: sizes.rewindFrames, buffer: shared.buffer };
    const reply = {
      ok: true,
      instructionSet,
      sampleRate,
      conditioning,
      frames: frames.buffer,
      states,
    } as const;
    parentPort?.postMessage(reply satisfies StreamWorkerReply);
    run({ ring, data, stepper, voice, frames, shared, deck });
  } catch (error) {
    ring.tellEnd();
    // A clone of the error would lose its code.
    const code = error instanceof ModelError ? error.code : undefined;
    const message = error instanceof Error ? error.message : String(error);
    parentPort?.postMessage({ ok: false, code, message } satisfies StreamWorkerReply);
  }
  stepper?.dispose();
}

interface ServedVoice {
  readonly ring: SharedRing;
  readonly data: StreamWorkerData;
  readonly stepper: Stepper;
  readonly voice: Voice;
  readonly frames: SharedFrames;
  readonly shared: SharedStates;
  readonly deck: StateDeck;
}

/** Blocks this thread, whose event loop has nothing else to do. */
function run({ ring, data, stepper, voice, frames, shared, deck }: ServedVoice): void {
  const sampling = new PlannedSampling(data.sampling);
  const control = new SharedSampling(data.control);
  const news = new WordNews(data.news);
  const { runawayCauses } = streamNumbers();
  const watchdog = data.watchdog && new Watchdog(voice, data.watchdog, runawayCauses);
  const block = new Float32Array(ring.subBlockFrames);
  const part = new Float32Array(ring.subBlockFrames);
  const planned = new PlannedConditioning(stepper.conditioning, stepper.sampleRate, block.length);
  let lastTold = 0;
  const tell = (word: number): void => {
    if (word !== lastTold) news.tell(generation, word, voice.frame);
    lastTold = word;
  };
  const plan = (input: number, frame: number, row: Float32Array, word: number): void => {
    ring.tellLost(planned.say(input, frame, row, 1, voice.frame));
    tell(word);
  };
  const obey = (command: StateCommand, word: number): boolean => {
    const isTaken = deck.say(voice.frame, command);
    if (isTaken) tell(word);
    return isTaken;
  };
  const giveUp = (slot: number): void => {
    deck.fill(slot, false);
    shared.setEmpty(slot);
  };
  const blockMs = (1000 * block.length) / stepper.sampleRate;
  const share = blockMs / (1000 * LOAD_SECONDS + blockMs);
  let generation = 0;
  let load = 0;
  while (!ring.isClosing()) {
    const wanted = ring.wantedGeneration();
    if (wanted !== generation) {
      deck.giveUpFrom(ring.heardFrames(generation), giveUp);
      generation = wanted;
      voice.reset(ring.wantedSeed());
      watchdog?.reset();
      planned.restart();
      sampling.restart();
      lastTold = 0;
      deck.restart();
      ring.confirmReset(generation);
    }
    // Before what was said is taken: a read that makes room has said before what came before it.
    const hasRoom = ring.hasRoom();
    frames.take(generation, plan);
    takeFilled(shared, deck);
    shared.take(generation, obey, giveUp);
    control.take(generation, sampling, tell);
    if (!hasRoom) {
      ring.sleep(blockMs / 2);
      continue;
    }
    const startedMs = performance.now();
    for (let done = 0; done < block.length; ) {
      const free = Math.min(block.length - done, watchdog?.framesLeft ?? block.length, deck.prepare());
      sampling.advance(voice.frame);
      const count = planned.take(voice.frame, Math.min(free, sampling.nextFrame() - voice.frame));
      voice.stepBlock(part, count, sampling.current, undefined, planned.block);
      deck.process(part, count);
      if (watchdog?.look(part, count, sampling.current)) deck.release();
      for (let i = 0; i < count; i++) block[done + i] = part[i]!;
      done += count;
    }
    ring.tellRunaways(runawayCauses);
    tellKept(shared, deck);
    ring.write(block);
    load += ((performance.now() - startedMs) / blockMs - load) * share;
    ring.tellLoad(load);
  }
}

/** Slots that the reader has filled. */
function takeFilled(shared: SharedStates, { isKept }: StateDeck): void {
  for (let slot = 0; slot < isKept.length; slot++) if (shared.isKept(slot)) isKept[slot] = 1;
}

function tellKept(shared: SharedStates, { isKept }: StateDeck): void {
  for (let slot = 0; slot < isKept.length; slot++) if (isKept[slot] === 1) shared.setKept(slot);
}
