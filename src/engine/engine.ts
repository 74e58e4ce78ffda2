/**
 * One engine: the patch that plays, the master stage after it, and the messages that change them.
 * The same class live, offline and in tests: whoever calls `process` is the clock.
 *
 * `process` and `apply` belong to the audio path: they do not allocate (a message that is applied apart),
 * wait or log. Everything asynchronous runs between blocks, on the same thread.
 */
import { type Observable, Subject } from 'rxjs';
import type { AudioBlock, GraphRun, ParamSetting, Patch } from '../../graph/index.js';
import type { ControlMessage, ReplyOrder, StampedMessage } from '../control/index.js';
import { buildRun } from './build-run.js';
import { describeError } from './errors.js';
import { slowestConditioningMs } from './latency.js';
import { createMasterStage, masterGain, masterMute } from './master-stage.js';
import { MessageQueue } from './message-queue.js';
import { LevelMeter, LoadMeter } from './meters.js';
import { MorphGate } from './morph-gate.js';
import type { EngineNotice } from './notice.js';
import type { EngineOptions } from './options.js';
import type { PatchEdit } from './pending-edit.js';
import { crossFadeMs, Program } from './program.js';
import { StatusPage } from './status-page.js';
import { type SinkNumbers, StatusWriter } from './status-writer.js';
import type { VoiceOrder } from './voices/voice.js';
import { isVoiceNode, Voices } from './voices/voices.js';
import { WorkInProgress } from './work-in-progress.js';

export { crossFadeMs } from './program.js';

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

type ActionMessage = ControlMessage & { kind: 'action' };

/** What about an engine is text and changes seldom. */
export interface EngineFacts {
  readonly presetName: string;
  /** Steppers in use, for example `native (x86-64-v3)`; empty without a model. */
  readonly stepper: string;
  readonly stepperReason: string;
}

export class Engine {
  private readonly queue = new MessageQueue(queueCapacity);
  private readonly morphs = new MorphGate();
  private readonly level: LevelMeter;
  private readonly load = new LoadMeter();
  private readonly voices: Voices;
  private readonly writer: StatusWriter;
  private now = 0;
  private numActions = 0;
  private calling: number | undefined;
  private readonly acting = new WorkInProgress();
  private queueWarningFrame = Number.NEGATIVE_INFINITY;

  readonly notices$: Observable<EngineNotice>;

  private constructor(
    private readonly options: EngineOptions,
    private readonly notices: Subject<EngineNotice>,
    private readonly program: Program,
    private readonly stage: GraphRun,
  ) {
    this.notices$ = notices.asObservable();
    this.level = new LevelMeter(options.sampleRate);
    this.writer = new StatusWriter(new StatusPage(options.statusPage), options.parts.models);
    this.writer.setMaster(options.masterGainDb ?? 0, options.muted ?? false);
    this.voices = new Voices({
      mix: program.mix,
      sampleRate: options.sampleRate,
      blockFrames: options.blockFrames,
      build: (patch) => buildRun(patch, options),
      retire: (run) => program.retire(run),
      notify: (notice) => notices.next(notice),
      track: (work) => program.pending.add(work),
    });
    options.parts.models.onRunaway = (id, cause, runaways) => {
      const nodeId = this.voices.publicId(id);
      notices.next({ kind: 'watchdog', nodeId, cause, runaways });
    };
    stage.notices$.subscribe(({ kind, nodeId, code, message }) =>
      notices.next({ kind, source: nodeId, code, message }),
    );
  }

  /** Compiles, prepares and builds everything; nothing stays behind when it rejects. */
  static async create(options: EngineOptions): Promise<Engine> {
    const notices = new Subject<EngineNotice>();
    let engine: Engine | undefined;
    const program = new Program(options, {
      notify: (notice) => engine?.hear(notice),
      graphChanged: (run) => engine?.tellGraph(run),
    });
    // The sink first: where its device is missing, no model has been loaded in vain.
    const stage = await createMasterStage(options, program.mix);
    try {
      const first = await buildRun(options.patch, options);
      engine = new Engine(options, notices, program, stage);
      program.begin(first);
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
    return this.program.playing;
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
      this.applyDue();
      const nextFrame = Math.min(this.queue.nextFrame(), this.program.nextFrame());
      const ticked = Math.min(numFrames - done, blockFrames, Math.ceil(nextFrame - this.now));
      this.program.tick(this.now, ticked);
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
    return this.program.load(patch, presetName, fadeMs);
  }

  /**
   * Goes on as a patch that follows from the one that plays, at `frame` or as soon as it is made and no edit before it fades in.
   * Nodes that stay are not touched: see `GraphRun.succeed`. Resolves with the frame at which it was applied, for which whoever is
   * the clock must go on; rejects with a coded error, and nothing has changed then.
   */
  editPatch(edit: PatchEdit, frame = 0): Promise<number> {
    return this.program.change(edit, frame);
  }

  /** After a panic of a replay: the patch, with the params as they are set, fades in. */
  rebuild(patch: Patch): Promise<void> {
    return this.program.rebuild(patch);
  }

  /** Starts a voice beside what plays, after all that is due by now: see `Voices.start`. */
  startVoice(order: VoiceOrder): Promise<void> {
    this.applyDue();
    const start = this.voices.start(order);
    this.program.pending.add(start);
    return start;
  }

  /** Keeps voices of a preset ready: see `Voices.keepReady`. */
  keepVoicesReady(presetName: string, patch: Patch, count: number): Promise<void> {
    const ready = this.voices.keepReady(presetName, patch, count);
    this.program.pending.add(ready);
    return ready;
  }

  /** By node id, then by param: as set, without smoothing and modulation. */
  params(): Record<string, Record<string, ParamSetting>> {
    return this.program.active.params();
  }

  facts(): EngineFacts {
    return { presetName: this.program.presetName, ...this.options.parts.models.stepperFacts() };
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
    return this.program.settled(() => [...this.program.pending.all(), ...this.acting.all()]);
  }

  /** Fades everything out; what is processed after `closeFadeMs` is silence. */
  fadeOut(): void {
    this.program.clear(closeFadeMs);
    this.voices.endAll(closeFadeMs, 'freed');
    this.notices.next({ kind: 'fade-out' });
  }

  /** Ends all runs and the sink. The caller has stopped the clock. */
  async close(): Promise<void> {
    // Actions may wait for ticks, of which there are none any more: they are not waited for.
    await this.program.settled(() => this.program.pending.all());
    this.voices.close();
    await this.program.close();
    await this.stage.dispose();
    this.notices.complete();
  }

  /** Of the program. */
  private hear(notice: EngineNotice): void {
    if (notice.kind === 'patch') this.morphs.endAll();
    this.notices.next(notice);
  }

  private applyDue(): void {
    this.program.applyDue();
    for (let due = this.queue.takeDue(this.now); due !== undefined; due = this.queue.takeDue(this.now)) {
      this.applyNow(due.message);
    }
  }

  private applyNow(message: ControlMessage): void {
    switch (message.kind) {
      case 'param':
        if (!this.morphs.admits(message)) return;
        try {
          const target = isVoiceNode(message.nodeId) ? this.voices : this.program.active;
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
        this.acting.add(this.act(message));
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
      const target = isVoiceNode(nodeId) ? this.voices : this.program.active;
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
    this.program.panic(panicFadeMs);
    this.voices.endAll(panicFadeMs, 'panic');
    this.morphs.endAll();
  }

  private tellGraph(run: GraphRun): void {
    this.writer.setGraph(
      run.latency.totalFrames + this.stage.latency.totalFrames,
      slowestConditioningMs(run.prepared.compiled),
    );
  }

  private warn(code: string, message: string, source = 'engine'): void {
    this.notices.next({ kind: 'warning', source, code, message });
  }
}
