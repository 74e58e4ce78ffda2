/** One live engine at its sink, on the audio worker's thread. */
import { setTimeout as sleep } from 'node:timers/promises';
import { receiveMessageOnPort } from 'node:worker_threads';
import { type AudioBlock, framesToMs, type Patch } from '../../graph/index.js';
import { createEngineParts } from '../container/index.js';
import type { ControlMessage, StampedMessage } from '../control/index.js';
import { closeFadeMs, Engine } from '../engine/engine.js';
import { describeError } from '../engine/errors.js';
import type { EngineNotice } from '../engine/notice.js';
import type { EngineOptions } from '../engine/options.js';
import { provenanceOf } from '../engine/provenance.js';
import { ClockWriter } from '../osc/index.js';
import type { AudioWorkerData, FromAudioWorker } from './audio-link.js';
import { enterRealTime } from './real-time-thread.js';
import { chooseSink } from './choose-sink.js';
import { openSinkClock, type SinkClock } from './sink-clock.js';
import { TapRing } from './tap-ring.js';

/** How often a device that is not there is looked for. */
const lookAgainMs = 1000;

export class LiveAudio {
  private readonly clockWriter: ClockWriter;
  private readonly tap: ((output: AudioBlock, numFrames: number) => void) | undefined;
  private engine: Engine | undefined;
  private clock: SinkClock | undefined;
  private isPlaying = false;
  private isClosed = false;
  private isRecorded = false;
  /** Filled while a block is made, posted after it. */
  private applied: ControlMessage[] = [];

  constructor(
    private readonly given: AudioWorkerData,
    private readonly post: (message: FromAudioWorker) => void,
  ) {
    const { clock, options, tapRing } = given;
    this.clockWriter = new ClockWriter(clock, options.sampleRate);
    const ring = new TapRing(tapRing, options.channels);
    this.tap = (output, numFrames) => ring.write(output, numFrames);
  }

  /** Opens the sink, builds the engine and starts the clock. Waits for a device that was asked for by name. */
  async start(): Promise<void> {
    const { options, patch, presetName, masterGainDb, muted, statusPage } = this.given;
    const parts = await createEngineParts({
      stepper: options.stepper,
      lookAheadMs: options.lookAheadMs,
      plugins: options.plugins,
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
    if (engine === undefined) return;
    this.engine = engine;
    engine.notices$.subscribe((notice) => this.forward(notice));
    const file = chosen.sink.settings.path;
    this.clock = await openSinkClock(engine.sinkResources, `file ${file}`, parts.sinkDrivers, {
      sampleRate,
      channels,
      blockFrames,
    });
    engine.watchSink(this.clock);
    if (this.isClosed) return this.close();
    this.post({
      kind: 'sink',
      sink: chosen.sink.type,
      device: this.clock.description,
      isRecorded: chosen.isRecorded,
    });
    this.isRecorded = chosen.isRecorded;
    enterRealTime();
    this.clock.start(() => this.demand(engine, blockFrames));
  }

  /** A device that was asked for by name is waited for, however long. Undefined when closed meanwhile. */
  private async createEngine(options: EngineOptions): Promise<Engine | undefined> {
    for (let isFirst = true; !this.isClosed; isFirst = false) {
      try {
        return await Engine.create(options);
      } catch (error) {
        const { code, message } = describeError(error, 'ENGINE_SINK');
        if (code !== 'SINK_DEVICE' || options.sink?.settings.device === undefined) throw error;
        if (isFirst) this.post({ kind: 'tell', event: 'sink', message: `Waits for the device: ${message}` });
        await sleep(lookAgainMs);
      }
    }
    return undefined;
  }

  /** The sink asks for one block. The audio path: everything below runs within the deadline. */
  private demand(engine: Engine, blockFrames: number): void {
    this.clockWriter.publish(engine.frame);
    for (let got = receiveMessageOnPort(this.given.oscPort); got !== undefined; ) {
      const batch = got.message as readonly StampedMessage[];
      for (let i = 0; i < batch.length; i++) engine.apply(batch[i]!);
      got = receiveMessageOnPort(this.given.oscPort);
    }
    engine.process(blockFrames, this.isRecorded ? this.tap : undefined);
    if (this.applied.length > 0) {
      this.post({ kind: 'applied', messages: this.applied });
      this.applied = [];
    }
    if (this.isPlaying) return;
    this.isPlaying = true;
    this.post({ kind: 'playing', facts: engine.facts(), params: engine.params() });
  }

  /** Cross-fades to another patch. */
  async load(id: number, patch: Patch, presetName: string): Promise<void> {
    const { engine } = this;
    try {
      if (engine === undefined) throw new Error('The engine is not up yet: its sink is being waited for.');
      await engine.loadPatch(patch, presetName);
      this.post({ kind: 'loaded', id, facts: engine.facts(), params: engine.params() });
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
    const { sampleRate, blockFrames } = this.given.options;
    const queuedFrames = clock.latencyFrames + 2 * blockFrames;
    await sleep(closeFadeMs + framesToMs(queuedFrames, sampleRate));
    await clock.close();
    await engine.close();
  }

  private forward(notice: EngineNotice): void {
    switch (notice.kind) {
      case 'applied':
        this.applied.push(notice.message);
        break;
      case 'reply':
        this.given.oscPort.postMessage(notice.order);
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
      case 'patch':
        // Told when the load is answered.
        break;
    }
  }
}
