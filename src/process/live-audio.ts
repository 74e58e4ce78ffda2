/** One live engine at its sink, on the audio worker's thread. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { type AudioBlock, msToFrames, NodePreparationError, type Patch } from '../../graph/index.js';
import type { ShortFileRead } from '../audio-files/index.js';
import { LiveAudioInputs } from '../audio-input/index.js';
import { createEngineParts } from '../container/container.js';
import type { ControlMessage, StampedMessage } from '../control/index.js';
import { closeFadeMs, Engine } from '../engine/engine.js';
import { describeError } from '../engine/errors.js';
import type { EngineNotice } from '../engine/notice.js';
import type { EngineOptions } from '../engine/options.js';
import type { PatchEdit } from '../engine/pending-edit.js';
import { provenanceOf } from '../engine/provenance.js';
import { orderedMidiInputs } from '../midi/midi-link.js';
import { ClockWriter } from '../osc/clock-page.js';
import type { PortItem } from '../osc/index.js';
import { monotonicMs } from '../osc/monotonic.js';
import { preferThread } from '../osc/preferred-thread.js';
import { TakeWatch } from '../takes/index.js';
import type { AudioStart, FromAudioWorker } from './audio-link.js';
import { chooseSink } from './choose-sink.js';
import { ControlIntake } from './control-intake.js';
import { enterRealTime, leaveRealTime } from './real-time-thread.js';
import { openSinkClock, type SinkClock } from './sink-clock.js';
import { SinkLog } from './sink-log.js';
import { TakeInputs } from './take-inputs.js';
import { TapRing } from './tap-ring.js';

/** A start that takes longer than this is waiting for its device. */
const tellWaitingMs = 2500;
const watchMs = 500;
/** The end looks this often whether its fade has been played, and waits no longer than that. */
const fadeLookMs = 5;
const mostFadeMs = 1000;
/** What took effect is told to the main thread by then, or when it is so much: its mirror lets 20 ms pass anyway. */
const appliedMs = 10;
const mostApplied = 512;
/** Looks in a row at an overloaded graph before its thread gives its priority back. */
const overloadedLooks = 4;

export class LiveAudio {
  private engine: Engine | undefined;
  private clock: SinkClock | undefined;
  private clockWriter: ClockWriter | undefined;
  private oscPort: MessagePort | undefined;
  private readonly intakes: ControlIntake[] = [];
  private apply: (stamped: StampedMessage) => void = () => {};
  private tap: ((output: AudioBlock, numFrames: number) => void) | undefined;
  private askedMs = 0;
  private take: TakeWatch | undefined;
  private isPlaying = false;
  private isClosed = false;
  /** Filled while blocks are made, sent after one: at the latest `appliedMs` after the first of them, and before anything else is. */
  private applied: ControlMessage[] = [];
  private appliedSince = 0;

  constructor(private readonly send: (message: FromAudioWorker) => void) {}

  /** Messages come, answers go. */
  listen(port: MessagePort, paramRing?: SharedArrayBuffer): void {
    this.oscPort = port;
    this.listenToControl(port, paramRing);
  }

  /** Messages come. */
  listenToControl(port: MessagePort, paramRing?: SharedArrayBuffer): void {
    this.intakes.push(new ControlIntake(() => receivedOn(port), paramRing));
    // Receiving by hand needs no listener; this keeps the port from holding up the end of the worker.
    port.unref();
  }

  /** Opens the sink, builds the engine and starts the clock. Waits for a device that was asked for by name. */
  async begin(start: AudioStart): Promise<void> {
    const { options, patch, presetName, masterGainDb, muted, statusPage, clock, tapRing } = start;
    this.clockWriter = new ClockWriter(clock, options.sampleRate);
    const takeInputs = options.take === undefined ? undefined : new TakeInputs(options.sampleRate, this.post);
    const parts = await createEngineParts({
      stepper: options.stepper,
      provider: options.provider,
      steppers: start.steppers,
      lookAheadMs: options.lookAheadMs,
      minRollbackSpeed: options.minRollbackSpeed,
      plugins: options.plugins,
      audioInputs: new LiveAudioInputs(
        (message) => this.post({ kind: 'tell', event: 'input', message }),
        takeInputs && ((nodeId) => takeInputs.open(nodeId)),
      ),
      ...(options.take !== undefined && {
        keepState: (load: number, state: Uint8Array) => this.post({ kind: 'take-state', load, state }),
        fileTimes: {
          tellShort: (read: ShortFileRead) => this.take?.noteFile(read),
        },
      }),
      midiInputs: orderedMidiInputs((order) => this.post({ kind: 'midi', order })),
    });
    const { sampleRate, blockFrames, channels, seed } = options;
    const chosen = await chooseSink(
      options.sink,
      channels,
      provenanceOf(patch, presetName, seed),
      parts.sinkDrivers,
      (message) => this.post({ kind: 'tell', event: 'sink', message }),
    );
    const engine = await this.createEngine({
      patch,
      presetName,
      mode: 'live',
      sampleRate,
      blockFrames,
      channels,
      seed,
      sink: chosen.sink,
      masterGainDb,
      muted,
      statusPage,
      parts,
    });
    this.engine = engine;
    this.apply = (stamped) => engine.apply(stamped);
    engine.notices$.subscribe((notice) => this.forward(notice));
    const file = chosen.sink.settings.path;
    this.clock = await openSinkClock(engine.sinkResources, `file ${file}`, parts.sinkDrivers, {
      sampleRate,
      channels,
      blockFrames,
    });
    engine.watchSink(this.clock);
    this.post({
      kind: 'sink',
      sink: chosen.sink.type,
      device: this.clock.description,
      isRecorded: chosen.isRecorded && options.take === undefined,
    });
    if (takeInputs !== undefined) {
      takeInputs.watch = new TakeWatch(engine, parts.models, this.clock);
      this.keepTake(takeInputs.watch, new TapRing(tapRing, channels), takeInputs);
    } else if (chosen.isRecorded) {
      const ring = new TapRing(tapRing, channels);
      this.tap = (output, numFrames) => ring.write(output, numFrames);
    }
    if (start.sinkLog !== undefined) {
      this.logTicks(engine, this.clock, new SinkLog(start.sinkLog, channels));
    }
    this.watchSink(this.clock, chosen.sink.type);
    if (enterRealTime()) this.watchLoad(engine);
    else preferThread();
    this.clock.start(() => this.demand(engine, blockFrames));
  }

  /** The speaker waits, however long, for a device that was asked for by name: said when it takes a while. */
  private async createEngine(options: EngineOptions): Promise<Engine> {
    const device = options.sink?.settings.device;
    if (device === undefined) return Engine.create(options);
    const telling = setTimeout(() => {
      this.post({ kind: 'tell', event: 'waiting', message: `Waits for the device "${device}".` });
    }, tellWaitingMs);
    try {
      return await Engine.create(options);
    } finally {
      clearTimeout(telling);
    }
  }

  /** A device may go away and come back while it plays: its description says so. */
  private watchSink(clock: SinkClock, sink: string): void {
    let told = clock.description;
    const watch = setInterval(() => {
      if (this.isClosed) clearInterval(watch);
      if (clock.description === told) return;
      told = clock.description;
      this.post({ kind: 'sink', sink, device: told, isRecorded: false });
    }, watchMs);
  }

  /** A graph that needs more than all of its time would, at real-time priority, take the machine with it. */
  private watchLoad(engine: Engine): void {
    let looks = 0;
    const watch = setInterval(() => {
      looks = (engine.statusPage.read()?.loadMean ?? 0) > 1 ? looks + 1 : 0;
      if (!this.isClosed && looks < overloadedLooks) return;
      clearInterval(watch);
      if (this.isClosed || !leaveRealTime()) return;
      const message = 'The patch needs more time than there is: the audio thread gives its priority back.';
      this.post({
        kind: 'event',
        event: { kind: 'warning', source: 'engine', code: 'ENGINE_OVERLOAD', message },
      });
    }, watchMs);
  }

  /** In the place of a recording: all of it, and what changed it. */
  private keepTake(take: TakeWatch, ring: TapRing, inputs: TakeInputs): void {
    this.take = take;
    this.tap = (output, numFrames) => {
      ring.write(output, numFrames);
      take.noteTick(numFrames);
      take.noteLost(ring.dropped + inputs.dropped);
    };
  }

  /** In the place of a recording. */
  private logTicks(engine: Engine, clock: SinkClock, log: SinkLog): void {
    this.tap = (output, numFrames) =>
      log.write(output, numFrames, engine.frame, this.askedMs, monotonicMs(), clock.latencyFrames);
  }

  /** The sink asks for one block. The audio path: everything below runs within the deadline. */
  private demand(engine: Engine, blockFrames: number): void {
    this.askedMs = monotonicMs();
    this.clockWriter!.publish(engine.frame, this.askedMs);
    this.hear();
    const startFrame = engine.frame;
    engine.process(blockFrames, this.tap);
    this.take?.look(startFrame);
    this.postApplied(engine);
    this.postTake();
    if (this.isPlaying) return;
    this.isPlaying = true;
    this.post({ kind: 'playing', facts: engine.facts(), params: engine.params() });
  }

  /** All that was said, on whichever port. */
  private hear(): void {
    for (let i = 0; i < this.intakes.length; i++) this.intakes[i]!.take(this.apply);
  }

  private post(message: FromAudioWorker): void {
    this.sendApplied();
    this.send(message);
  }

  /** At 20,000 messages a second each post costs more than what it carries. */
  private postApplied(engine: Engine): void {
    const { length } = this.applied;
    if (length === 0) return;
    const waitedFrames = engine.frame - this.appliedSince;
    if (length >= mostApplied || waitedFrames >= msToFrames(appliedMs, engine.sampleRate)) this.sendApplied();
  }

  private sendApplied(): void {
    const { applied } = this;
    if (applied.length === 0) return;
    this.applied = [];
    this.send({ kind: 'applied', messages: applied });
  }

  private postTake(): void {
    const entries = this.take?.news();
    if (entries !== undefined) this.post({ kind: 'take', entries });
  }

  /** Cross-fades to another patch. */
  async load(id: number, patch: Patch, presetName: string, fadeMs?: number): Promise<void> {
    const { engine } = this;
    try {
      if (engine === undefined) throw new Error('The engine is not up yet: its sink is being waited for.');
      await engine.loadPatch(patch, presetName, fadeMs);
      this.post({ kind: 'loaded', id, facts: engine.facts(), params: engine.params() });
    } catch (error) {
      this.post({ kind: 'load-failed', id, failure: describeError(error, 'ENGINE_START') });
    }
  }

  /** Edits the patch that plays, at a frame. */
  async edit(id: number, edit: PatchEdit, frame: number): Promise<void> {
    const { engine } = this;
    try {
      if (engine === undefined) throw new Error('The engine is not up yet: its sink is being waited for.');
      const applied = await engine.editPatch(edit, frame);
      this.post({ kind: 'edited', id, frame: applied, params: engine.params() });
    } catch (error) {
      const failure = describeError(error, 'ENGINE_START');
      const { nodeId } = error instanceof NodePreparationError ? error : {};
      this.post({ kind: 'load-failed', id, failure, ...(nodeId !== undefined && { nodeId }) });
    }
  }

  /** Does something with voices, and tells when it is done. */
  async voices(id: number, work: (engine: Engine) => Promise<void>): Promise<void> {
    const { engine } = this;
    try {
      if (engine === undefined) throw new Error('The engine is not up yet: its sink is being waited for.');
      // What was said before, by another port: an id that is given up can be taken at once.
      this.hear();
      await work(engine);
      this.post({ kind: 'voice-done', id });
    } catch (error) {
      this.post({ kind: 'load-failed', id, failure: describeError(error, 'ENGINE_START') });
    }
  }

  /** Fades out, lets the sink play that, closes everything. */
  async close(): Promise<void> {
    this.isClosed = true;
    const { engine, clock } = this;
    if (engine === undefined || clock === undefined) return;
    this.engine = undefined;
    engine.fadeOut();
    // Counted in frames: a sink that is late plays the fade late. One that has died does not hold up the end.
    const fadeFrames = msToFrames(closeFadeMs, engine.sampleRate);
    const lastFrame = engine.frame + fadeFrames + clock.latencyFrames + 2 * engine.blockFrames;
    for (let waitedMs = 0; engine.frame < lastFrame && waitedMs < mostFadeMs; waitedMs += fadeLookMs) {
      await sleep(fadeLookMs);
    }
    await clock.close();
    this.take?.end();
    this.postTake();
    await engine.close();
  }

  private forward(notice: EngineNotice): void {
    switch (notice.kind) {
      case 'applied':
        if (this.applied.push(notice.message) === 1) this.appliedSince = this.engine?.frame ?? 0;
        break;
      case 'reply':
        this.oscPort?.postMessage(notice.order);
        break;
      case 'fault':
        this.post({
          kind: 'event',
          event: { kind: 'node-fault', nodeId: notice.source, code: notice.code, message: notice.message },
        });
        break;
      case 'warning':
        this.post({
          kind: 'event',
          event: { kind: 'warning', source: notice.source, code: notice.code, message: notice.message },
        });
        break;
      case 'watchdog':
        this.post({ kind: 'event', event: notice });
        break;
      case 'voice-ended':
        this.post({ kind: 'voice-ended', voice: notice.id, reason: notice.reason });
        break;
      case 'patch':
      case 'settled':
      case 'rebuilt':
      case 'edit':
      case 'voice-started':
      case 'fade-out':
        // Told when the load or the action is answered; a take sees them.
        break;
    }
  }
}

/** The next batch that has arrived. */
function receivedOn(port: MessagePort): readonly PortItem[] | undefined {
  return receiveMessageOnPort(port)?.message as readonly PortItem[] | undefined;
}
