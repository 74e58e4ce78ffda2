/**
 * One engine: the patch that plays, the master stage after it, and the messages that change them.
 * The same class live, offline and in tests: whoever calls `process` is the clock.
 *
 * `process` and `apply` belong to the audio path: they do not allocate (a message that is applied apart),
 * wait or log. Everything asynchronous runs between blocks, on the same thread.
 */
import { type Observable, Subject } from 'rxjs';
import {
  type AudioBlock,
  type CompiledPatch,
  compilePatch,
  GraphRun,
  type ParamSetting,
  type Patch,
  prepareGraph,
  type SuccessionObstacle,
} from '../../graph/index.js';
import type { ControlMessage, ReplyOrder, StampedMessage } from '../control/index.js';
import { Deck } from './deck.js';
import { describeError } from './errors.js';
import { slowestConditioningMs } from './latency.js';
import { createMasterStage, masterGain, masterMute } from './master-stage.js';
import { MessageQueue } from './message-queue.js';
import { LevelMeter, LoadMeter } from './meters.js';
import { MorphGate } from './morph-gate.js';
import type { EngineNotice } from './notice.js';
import type { EngineOptions } from './options.js';
import { type Followup, type PatchEdit, PendingEdit } from './pending-edit.js';
import { StatusPage } from './status-page.js';
import { type SinkNumbers, StatusWriter } from './status-writer.js';
import type { VoiceOrder } from './voices/voice.js';
import { isVoiceNode, Voices } from './voices/voices.js';

/** A new patch and the old one, side by side, unless another time is asked for. */
export const crossFadeMs = 30;
/** `/panic` is silent after this. */
export const panicFadeMs = 5;
/** The end of everything. */
export const closeFadeMs = 30;
/** Messages that may wait for their frame. */
const queueCapacity = 4096;
const queueFull = {
  code: 'ENGINE_QUEUE_FULL',
  message: `More than ${queueCapacity} timed messages are waiting; others are refused.`,
};

/** Why an edit was not done node by node. */
const editedWhole: Readonly<Record<SuccessionObstacle, string>> = {
  loop: 'The old edges and the new ones together make a loop: the patch was built anew as a whole, every node at its start.',
  channels:
    'The output has another count of channels: the patch was built anew as a whole, every node at its start.',
};

type ActionMessage = ControlMessage & { kind: 'action' };

/** What about an engine is text and changes seldom. */
export interface EngineFacts {
  readonly presetName: string;
  /** Steppers in use, for example `native (x86-64-v3)`; empty without a model. */
  readonly stepper: string;
  readonly stepperReason: string;
}

export class Engine {
  private readonly notices = new Subject<EngineNotice>();
  readonly notices$: Observable<EngineNotice> = this.notices.asObservable();

  private readonly queue = new MessageQueue(queueCapacity);
  private readonly morphs = new MorphGate();
  private readonly level: LevelMeter;
  private readonly load = new LoadMeter();
  private readonly voices: Voices;
  private readonly writer: StatusWriter;
  /** The run that params and actions go to: the last one put on, also while a panic keeps the deck empty. */
  private active: GraphRun;
  private activePatch: Patch;
  private activeName: string;
  private now = 0;
  /** Loads and edits happen one after the other. */
  private loading: Promise<unknown> = Promise.resolve();
  private readonly turns = new Set<Promise<unknown>>();
  /** Made, and waiting for its frame. */
  private edit: PendingEdit | undefined;
  private readonly onEditWaits: (() => void)[] = [];
  private isRebuildQueued = false;
  private numActions = 0;
  private calling: number | undefined;
  /** Work under way between blocks: nodes that are being prepared, runs that are being disposed of; and actions. */
  private readonly pending = new Set<Promise<unknown>>();
  private readonly acting = new Set<Promise<unknown>>();
  private queueWarningFrame = Number.NEGATIVE_INFINITY;

  private constructor(
    private readonly options: EngineOptions,
    private readonly stage: GraphRun,
    private readonly deck: Deck<GraphRun>,
    first: GraphRun,
  ) {
    this.active = first;
    this.activePatch = options.patch;
    this.activeName = options.presetName;
    this.level = new LevelMeter(options.sampleRate);
    this.writer = new StatusWriter(new StatusPage(options.statusPage), options.parts.models);
    this.writer.setMaster(options.masterGainDb ?? 0, options.muted ?? false);
    this.voices = new Voices({
      mix: deck.mix,
      sampleRate: options.sampleRate,
      blockFrames: options.blockFrames,
      build: (patch) => buildRun(patch, options),
      retire: (run) => this.retire(run),
      notify: (notice) => this.notices.next(notice),
      track: (work) => this.track(work),
    });
    options.parts.models.onRunaway = (id, cause, runaways) => {
      const nodeId = this.voices.publicId(id);
      this.notices.next({ kind: 'watchdog', nodeId, cause, runaways });
    };
    this.forward(stage);
    this.putOn(first, 0);
  }

  /** Compiles, prepares and builds everything; nothing stays behind when it rejects. */
  static async create(options: EngineOptions): Promise<Engine> {
    let engine: Engine | undefined;
    const deck = new Deck<GraphRun>(options.channels, options.blockFrames, options.sampleRate, (run) =>
      engine?.retire(run),
    );
    // The sink first: where its device is missing, no model has been loaded in vain.
    const stage = await createMasterStage(options, deck.mix);
    try {
      engine = new Engine(options, stage, deck, await buildRun(options.patch, options));
      return engine;
    } catch (error) {
      await stage.dispose();
      throw error;
    }
  }

  get sampleRate(): number {
    return this.options.sampleRate;
  }

  get blockFrames(): number {
    return this.options.blockFrames;
  }

  /** Engine frames played. */
  get frame(): number {
    return this.now;
  }

  /** Within the call of an action, its number: they are counted from 1 as they are applied. */
  get actionNow(): number | undefined {
    return this.calling;
  }

  /** What the last tick sent to the sink. Borrowed. */
  get output(): AudioBlock {
    return this.stage.output();
  }

  /** The run that plays or fades in; undefined while a panic keeps everything silent. */
  get playing(): GraphRun | undefined {
    return this.deck.current;
  }

  /** What the sink node's `prepare` made; undefined without a sink. */
  get sinkResources(): unknown {
    return this.options.sink === undefined ? undefined : this.stage.prepared.resources('sink');
  }

  /** Whose xruns and latency status shows. */
  watchSink(sink: SinkNumbers): void {
    this.writer.setSink(sink);
  }

  /** Plays `numFrames`, in ticks that end where messages apply. `tap`, when given, sees every tick's output. */
  process(numFrames: number, tap?: (output: AudioBlock, numFrames: number) => void): void {
    const startedMs = performance.now();
    const { blockFrames, sampleRate } = this.options;
    for (let done = 0; done < numFrames; ) {
      if (this.edit !== undefined && this.edit.dueFrame(this.now) <= this.now) this.applyEdit(this.edit);
      for (let due = this.queue.takeDue(this.now); due !== undefined; due = this.queue.takeDue(this.now)) {
        this.applyNow(due.message);
      }
      const nextFrame = Math.min(
        this.queue.nextFrame(),
        this.edit?.dueFrame(this.now) ?? Number.POSITIVE_INFINITY,
      );
      const ticked = Math.min(numFrames - done, blockFrames, Math.ceil(nextFrame - this.now));
      this.deck.tick(this.now, ticked);
      this.voices.tick(this.now, ticked);
      this.stage.tick(this.now, ticked);
      const output = this.stage.output();
      this.level.add(output, ticked);
      tap?.(output, ticked);
      this.now += ticked;
      done += ticked;
    }
    this.load.add(performance.now() - startedMs, (numFrames * 1000) / sampleRate);
    this.writer.write(this.now, this.level, this.load, this.voices);
  }

  /**
   * Applies at `stamped.frame`, or with the next tick when that has passed. When the queue is full,
   * panic and the master stage still work, at once; everything else is refused and told.
   */
  apply(stamped: StampedMessage): void {
    this.morphs.heard(stamped.message);
    if (this.queue.push(stamped)) return;
    const { message } = stamped;
    if (message.kind === 'panic' || message.kind === 'master-gain' || message.kind === 'master-mute') {
      this.applyNow(message);
      return;
    }
    if (message.kind === 'action') this.answer(message, (token) => ({ token, ok: false, ...queueFull }));
    if (this.now - this.queueWarningFrame < this.options.sampleRate) return;
    this.queueWarningFrame = this.now;
    this.warn(queueFull.code, queueFull.message);
  }

  /**
   * Builds `patch` beside what plays, then cross-fades over `fadeMs`, in which both play. Ends all morphs. Rejects with a
   * coded error, and what played plays on.
   */
  loadPatch(patch: Patch, presetName: string, fadeMs = crossFadeMs): Promise<void> {
    return this.inTurn(async () => {
      const run = await buildRun(patch, this.options);
      this.activePatch = patch;
      this.activeName = presetName;
      this.putOn(run, fadeMs);
      this.morphs.endAll();
      this.notices.next({ kind: 'patch', presetName, patch, fadeMs });
    });
  }

  /**
   * Goes on as a patch that follows from the one that plays, at `frame` or as soon as it is made and no edit before it fades in.
   * Nodes that stay are not touched: see `GraphRun.succeed`. Resolves with the frame at which it was applied, for which whoever is
   * the clock must go on; rejects with a coded error, and nothing has changed then.
   */
  editPatch(edit: PatchEdit, frame = 0): Promise<number> {
    return this.inTurn(async () => {
      const { active } = this;
      const work = this.prepareFollowup(active, edit);
      this.track(work);
      const pending = new PendingEdit(edit, active, await work, frame);
      if (this.deck.current !== active || pending.dueFrame(this.now) <= this.now) this.applyEdit(pending);
      else this.wait(pending);
      return pending.applied;
    });
  }

  /** Starts a voice beside what plays: see `Voices.start`. */
  startVoice(order: VoiceOrder): Promise<void> {
    const start = this.voices.start(order);
    this.track(start);
    return start;
  }

  /** Keeps voices of a preset ready: see `Voices.keepReady`. */
  keepVoicesReady(presetName: string, patch: Patch, count: number): Promise<void> {
    const ready = this.voices.keepReady(presetName, patch, count);
    this.track(ready);
    return ready;
  }

  /** By node id, then by param: as set, without smoothing and modulation. */
  params(): Record<string, Record<string, ParamSetting>> {
    return this.active.params();
  }

  facts(): EngineFacts {
    return { presetName: this.activeName, ...this.options.parts.models.stepperFacts() };
  }

  /** The numbers for status, as any thread may read them. */
  get statusPage(): StatusPage {
    return this.writer.page;
  }

  /**
   * Resolves when nothing is under way between blocks: loads, actions, the building that a panic asked for. An edit that waits for
   * its frame, and what waits for that edit, is not waited for.
   */
  idle(): Promise<void> {
    return this.settled(() => [...this.pending, ...this.acting]);
  }

  /** Fades everything out; what is processed after `closeFadeMs` is silence. */
  fadeOut(): void {
    this.deck.clear(closeFadeMs);
    this.voices.endAll(closeFadeMs, 'freed');
    this.notices.next({ kind: 'fade-out' });
  }

  /** Ends all runs and the sink. The caller has stopped the clock. */
  async close(): Promise<void> {
    // Actions may wait for ticks, of which there are none any more.
    const settled = (): Promise<void> => this.settled(() => [...this.pending]);
    await settled();
    // What still waits is not done any more.
    this.deck.clear(closeFadeMs);
    while (this.edit !== undefined) {
      this.applyEdit(this.edit);
      await settled();
    }
    for (const run of [...this.deck.runs()]) this.retire(run);
    this.voices.close();
    await settled();
    await this.stage.dispose();
    this.notices.complete();
  }

  private async settled(underWay: () => readonly Promise<unknown>[]): Promise<void> {
    for (;;) {
      const work = underWay();
      if (work.length > 0) await Promise.allSettled(work);
      else if (this.turns.size === 0 || this.edit !== undefined) return;
      else await Promise.race([...this.turns, new Promise<void>((seen) => this.onEditWaits.push(seen))]);
    }
  }

  private applyNow(message: ControlMessage): void {
    switch (message.kind) {
      case 'param':
        if (!this.morphs.admits(message)) return;
        try {
          const target = isVoiceNode(message.nodeId) ? this.voices : this.active;
          target.setParam(message.nodeId, message.name, message.value, message.rampMs);
        } catch (error) {
          // Only a message that was checked against another patch comes here.
          this.missed(error, message.nodeId);
          return;
        }
        break;
      case 'voice-place':
      case 'voice-fade':
      case 'voice-free-all':
      case 'voice-limit':
        try {
          this.voices.apply(message);
        } catch (error) {
          // Its voice has ended meanwhile.
          this.missed(error, 'voices');
          return;
        }
        break;
      case 'action':
        keepUntilDone(this.act(message), this.acting);
        break;
      case 'master-gain':
        this.stage.setParam('master', masterGain, message.gainDb);
        this.writer.setMasterGain(message.gainDb);
        break;
      case 'master-mute':
        this.stage.setParam('master', masterMute, message.muted);
        this.writer.setMuted(message.muted);
        break;
      case 'panic':
        this.panic();
        break;
    }
    this.notices.next({ kind: 'applied', message });
  }

  private missed(error: unknown, source: string): void {
    const { code, message } = describeError(error, 'ENGINE_NO_SUCH_TARGET');
    this.warn(code, message, source);
  }

  private async act(message: ActionMessage): Promise<void> {
    const { nodeId, name, args } = message;
    const action = ++this.numActions;
    let tookTime = false;
    const settled = (): void => {
      if (tookTime) this.notices.next({ kind: 'settled', action });
    };
    try {
      const target = isVoiceNode(nodeId) ? this.voices : this.active;
      this.calling = action;
      const called = target.callAction(nodeId, name, args, () => {
        tookTime = true;
      });
      this.calling = undefined;
      const result = await called;
      settled();
      this.answer(message, (token) => ({
        token,
        ok: true,
        ...(result !== undefined && { results: [result] }),
      }));
    } catch (error) {
      this.calling = undefined;
      settled();
      const { code, message: text } = describeError(error, 'ENGINE_ACTION_FAILED');
      if (message.replyTo === undefined) this.warn(code, text, nodeId);
      else this.answer(message, (token) => ({ token, ok: false, code, message: text }));
    }
  }

  private answer({ replyTo }: ActionMessage, order: (token: number) => ReplyOrder): void {
    if (replyTo !== undefined) this.notices.next({ kind: 'reply', replyTo, order: order(replyTo.token) });
  }

  /**
   * Silence within `panicFadeMs`, whatever the patch does; then the same patch is built anew, with its params
   * as they are set, every model and every tail at its start, and fades in. A node that had failed is whole again.
   */
  private panic(): void {
    this.deck.clear(panicFadeMs);
    this.voices.endAll(panicFadeMs, 'panic');
    this.morphs.endAll();
    // The rebuild is that of the edited patch.
    if (this.edit !== undefined) this.applyEdit(this.edit);
    if (this.isRebuildQueued || this.options.isRebuiltByHand) return;
    this.isRebuildQueued = true;
    void this.rebuild().catch((error: unknown) => {
      const { code, message } = describeError(error, 'ENGINE_ACTION_FAILED');
      this.warn(code, `The patch stays silent after /panic: ${message}`);
    });
  }

  /** Builds the patch that plays anew, with its params as they are set, and fades it in. */
  rebuild(): Promise<void> {
    return this.inTurn(async () => {
      this.isRebuildQueued = false;
      const old = this.active;
      const run = await buildRun(this.activePatch, this.options);
      run.takeParams(old);
      this.putOn(run, crossFadeMs);
      this.notices.next({ kind: 'rebuilt' });
    });
  }

  private inTurn<T>(load: () => Promise<T>): Promise<T> {
    const turn = this.loading.catch(() => undefined).then(load);
    this.loading = turn;
    keepUntilDone(turn, this.turns);
    return turn;
  }

  /** What lets `from` go on as the edit says; or, where that cannot be node by node, a run in its place. */
  private async prepareFollowup(from: GraphRun, { patch, anew }: PatchEdit): Promise<Followup> {
    const { services } = this.options.parts;
    const compiled = compile(patch, this.options);
    const plan = from.plan(compiled, anew);
    if (typeof plan === 'string') {
      return { kind: 'whole', run: await buildRun(patch, this.options), obstacle: plan };
    }
    return { kind: 'succession', succession: await from.prepareSuccession(plan, services) };
  }

  private wait(pending: PendingEdit): void {
    this.edit = pending;
    for (const seen of this.onEditWaits.splice(0)) seen();
  }

  private applyEdit(pending: PendingEdit): void {
    const { edit, followup } = pending;
    this.edit = undefined;
    if (this.deck.current !== this.active) {
      // After a panic the patch is built anew as a whole.
      this.track(pending.abandon());
    } else if (followup.kind === 'succession') {
      this.active.succeed(followup.succession, edit.anew);
      this.tellGraph(this.active);
    } else {
      followup.run.takeParams(this.active, edit.anew);
      this.putOn(followup.run, crossFadeMs);
      this.warn('ENGINE_EDIT_WHOLE', editedWhole[followup.obstacle]);
    }
    this.activePatch = edit.patch;
    this.notices.next({ kind: 'edit', edit });
    pending.done(this.now);
  }

  private putOn(run: GraphRun, fadeMs: number): void {
    this.forward(run);
    this.active = run;
    this.deck.put(run, fadeMs);
    this.tellGraph(run);
  }

  private tellGraph(run: GraphRun): void {
    this.writer.setGraph(
      run.latency.totalFrames + this.stage.latency.totalFrames,
      slowestConditioningMs(run.prepared.compiled),
    );
  }

  private forward(run: GraphRun): void {
    run.notices$.subscribe(({ kind, nodeId, code, message }) =>
      this.notices.next({ kind, source: nodeId, code, message }),
    );
  }

  private retire(run: GraphRun): void {
    this.track(
      run.dispose().catch((error: unknown) => {
        const { code, message } = describeError(error, 'ENGINE_ACTION_FAILED');
        this.warn(code, message);
      }),
    );
  }

  private track(work: Promise<unknown>): void {
    keepUntilDone(work, this.pending);
  }

  private warn(code: string, message: string, source = 'engine'): void {
    this.notices.next({ kind: 'warning', source, code, message });
  }
}

function keepUntilDone(work: Promise<unknown>, among: Set<Promise<unknown>>): void {
  const kept: Promise<unknown> = work.catch(() => undefined).then(() => among.delete(kept));
  among.add(kept);
}

function compile(patch: Patch, { parts, sampleRate, blockFrames, mode, seed }: EngineOptions): CompiledPatch {
  return compilePatch(patch, parts.registry, { sampleRate, maxBlockFrames: blockFrames, mode, seed });
}

async function buildRun(patch: Patch, options: EngineOptions): Promise<GraphRun> {
  const prepared = await prepareGraph(compile(patch, options), options.parts.services);
  try {
    return new GraphRun(prepared);
  } catch (error) {
    await prepared.dispose();
    throw error;
  }
}
