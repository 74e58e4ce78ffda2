/**
 * The engine process's main thread: control. It starts the OSC worker and the audio worker, keeps the
 * mirror of everything that a restart needs, and makes status for all who ask.
 */
import type { NodeRegistry } from '../../graph/index.js';
import { checkTarget, entriesOf, type KeptBindings, readMapping } from '../binding/index.js';
import { createNodeRegistry } from '../container/node-registry.js';
import { loadPlugins } from '../container/plugins.js';
import { type AddressTable, addressTableOf, createParamRing, type LogLevel } from '../control/index.js';
import type { EngineFacts } from '../engine/engine.js';
import { describeError, EngineError } from '../engine/errors.js';
import { readPreset } from '../engine/presets.js';
import { provenanceOf } from '../engine/provenance.js';
import { StatusPage } from '../engine/status-page.js';
import { attendMidi, type MidiHandle } from '../midi/start-midi-worker.js';
import type { MidiNews } from '../midi/worker-protocol.js';
import { AddressIndex } from '../osc/address-index.js';
import { createClockPage } from '../osc/clock-page.js';
import { type OscHandle, startOscWorker } from '../osc/start-osc-worker.js';
import { type SteppersPlanned, stepperSentence } from '../self-test/index.js';
import { packageVersion } from '../version.js';
import { assembleStatus, type EngineConstants } from './assemble-status.js';
import type { AudioHandle, AudioNews } from './audio-handle.js';
import { Desks } from './desks.js';
import type { EngineMirror, EngineStart, FromEngine, ParamTable } from './engine-link.js';
import { Mirror } from './mirror.js';
import type { PlayEventKind } from './play-options.js';
import { Recorder, recordingLimits } from './recorder.js';
import type { SinkLogMemory } from './sink-log.js';
import { StallWatch } from './stall-watch.js';
import { steppersFor } from './steppers-for.js';
import { TakeRecorder, type TakeSession, takeFolderOf } from './take-recorder.js';
import { TapRing } from './tap-ring.js';
import { ValueFeed } from './value-feed.js';

const statusMs = 100;
/** Changes that come together reach the supervisor as one mirror. */
const mirrorMs = 20;
/** Sound that may wait to be written to the recording. */
const tapSeconds = 2;
/** A take is to have no hole where the disk is slow. */
const takeTapSeconds = 10;

/** What an engine process needs of the world around it. */
export interface EngineSurroundings {
  /** To the supervisor, when there is one. */
  send(message: FromEngine): void;
  /** It cannot play on; the process should end. */
  failed(error: unknown): void;
  /** Everything is closed; the process should end. */
  ended(): void;
  /** Logs what the sink is given: for a measurement. */
  readonly sinkLog?: SinkLogMemory;
  /** All that OSC says goes through the port, where it can be listened to: for a measurement. */
  readonly isPortOnly?: boolean;
}

interface EngineProcessParts {
  readonly registry: NodeRegistry;
  readonly mirror: Mirror;
  readonly page: StatusPage;
  readonly tap: TapRing;
  readonly constants: EngineConstants;
  readonly osc: OscHandle;
  readonly audio: AudioHandle;
  readonly take: TakeSession | undefined;
  /** Left out where a stepper was asked for by name. */
  readonly steppers: SteppersPlanned | undefined;
  /** See osc/clock-page.ts. */
  readonly clock: SharedArrayBuffer;
  /** Of the preset that plays at a first start. */
  readonly presetFile: string | undefined;
  readonly bindings: KeptBindings | undefined;
}

export class EngineProcess {
  private readonly startedMs = performance.now();
  private readonly stall = new StallWatch();
  private readonly values: ValueFeed;
  private facts: EngineFacts;
  private sink = { sink: '', device: '' };
  private readonly midi: MidiHandle;
  private readonly desks: Desks;
  private recorder: Recorder | undefined;
  private takeRecorder: TakeRecorder | undefined;
  private isPlaying = false;
  private isQuitting = false;
  private mirrorTimer: NodeJS.Timeout | undefined;
  private readonly statusTimer: NodeJS.Timeout;
  private toldXruns = 0;

  private constructor(
    private readonly start: EngineStart,
    private readonly around: EngineSurroundings,
    private readonly parts: EngineProcessParts,
  ) {
    this.facts = { presetName: parts.mirror.snapshot().presetName, stepper: '', stepperReason: '' };
    const { osc, audio, mirror, take, tap } = parts;
    if (take !== undefined) this.takeRecorder = new TakeRecorder(take, tap, (...told) => this.tell(...told));
    this.values = new ValueFeed(parts.registry, osc);
    this.midi = attendMidi((port) => audio.connectControl(port));
    this.midi.news$.subscribe((news) => this.tellMidi(news));
    this.desks = this.openDesks();
    audio.news$.subscribe((news) => this.take(news));
    osc.failed$.subscribe((error) => this.fail(error));
    osc.warnings$.subscribe(({ code, message }) => this.tell('warning', message, code));
    osc.subscribers$.subscribe((subscribers) => {
      mirror.setSubscribers(subscribers);
      this.sendMirrorSoon();
    });
    for (const report of parts.steppers?.reports ?? []) this.tell('stepper', stepperSentence(report));
    this.tellStatus();
    this.statusTimer = setInterval(() => this.tellStatus(), statusMs);
  }

  /**
   * Starts everything; resolves when the audio worker is at work. Rejects with a coded error.
   * A first start makes no sound before the OSC port is known to be free; a restart does not wait for it.
   */
  static async begin(
    start: EngineStart,
    audio: AudioHandle,
    around: EngineSurroundings,
  ): Promise<EngineProcess> {
    const { options, pulsePath, restore, restarts } = start;
    const { sampleRate, blockFrames, channels, oscPort: port, host, tcpPort, allow } = options;
    const registry = createNodeRegistry(await loadPlugins(options.plugins));
    const takeFolder = options.take === undefined ? undefined : takeFolderOf(options.take, restarts);
    const { name, patch, file } =
      restore === undefined
        ? readPreset(options.preset, options.presetFolder)
        : { name: restore.presetName, patch: restore.patch, file: undefined };
    const { masterGainDb, muted, subscribers } = restore ?? {
      masterGainDb: 0,
      muted: false,
      subscribers: [],
    };
    const clock = createClockPage();
    const version = packageVersion();
    const table = addressTableOf(patch, registry);
    const bindings = restore === undefined ? mappingOf(options.bindings, table) : restore.bindings;
    const paramRing = around.isPortOnly ? undefined : createParamRing();
    const oscStart = startOscWorker({
      port,
      host,
      tcpPort,
      allow,
      version,
      table,
      clock,
      paramRing,
      subscribers,
      pulsePath,
    });
    if (restarts === 0) await oscStart;
    const steppers = await steppersFor(options, patch, restarts);
    const page = new StatusPage();
    const tap = new TapRing(
      TapRing.allocate((options.take === undefined ? tapSeconds : takeTapSeconds) * sampleRate, channels),
      channels,
    );
    audio.begin({
      options,
      patch,
      presetName: name,
      masterGainDb,
      muted,
      statusPage: page.memory,
      clock,
      tapRing: tap.memory,
      ...(steppers && { steppers: steppers.steppers }),
      ...(around.sinkLog === undefined ? {} : { sinkLog: around.sinkLog }),
    });
    const osc = await oscStart;
    audio.connectOsc(osc.audioPort, paramRing);
    const mirror = new Mirror(patch, name, masterGainDb, muted);
    mirror.setSubscribers(osc.subscribers());
    mirror.setScene(restore?.scene ?? (file === undefined ? {} : { presetFile: file }));
    const take =
      takeFolder === undefined
        ? undefined
        : { folder: takeFolder, options, patch, presetName: name, masterGainDb, muted };
    const constants = { version, sampleRate, blockFrames, channels, oscPort: osc.port, restarts };
    return new EngineProcess(start, around, {
      registry,
      mirror,
      page,
      tap,
      constants,
      osc,
      audio,
      take,
      steppers,
      clock,
      presetFile: file,
      bindings,
    });
  }

  /** Whether sound has been made. */
  get isReady(): boolean {
    return this.isPlaying;
  }

  snapshot(): EngineMirror {
    return this.parts.mirror.snapshot();
  }

  /** Tells everybody, fades out and closes everything. */
  async quit(): Promise<void> {
    if (this.isQuitting) return;
    this.isQuitting = true;
    this.parts.osc.broadcast({ kind: 'quitting' });
    await Promise.all([this.midi.close(), this.desks.close()]);
    await this.parts.audio.close();
    await this.recorder?.close();
    await this.takeRecorder?.close();
    await this.parts.osc.close();
    clearInterval(this.statusTimer);
    this.around.ended();
  }

  private take(news: AudioNews): void {
    switch (news.kind) {
      case 'sink':
        if (this.sink.sink !== '')
          this.parts.osc.broadcast({ kind: 'device-changed', sink: news.sink, device: news.device });
        this.sink = { sink: news.sink, device: news.device };
        this.tell('sink', `Plays into: ${news.device}.`);
        if (news.isRecorded) this.record();
        break;
      case 'playing':
        this.onPlaying(news.facts, news.params);
        break;
      case 'applied':
        for (const message of news.messages) this.parts.mirror.apply(message);
        this.desks.applied(news.messages);
        this.sendMirrorSoon();
        break;
      case 'voice-ended':
        this.desks.voiceEnded(news.voice, news.reason);
        break;
      case 'take':
        this.takeRecorder?.add(news.entries);
        break;
      case 'take-input':
        this.takeRecorder?.addInput(news.file, news.ring);
        break;
      case 'take-state':
        this.takeRecorder?.addState(news.load, news.state);
        break;
      case 'midi':
        this.midi.order(news.order);
        break;
      case 'event':
        this.parts.osc.broadcast(news.event);
        if ('code' in news.event) this.tell('warning', news.event.message, news.event.code);
        break;
      case 'tell':
        this.tell(news.event, news.message, news.code);
        break;
      case 'failed':
        this.fail(news.failure);
        break;
    }
  }

  private tellMidi({ nodeId, message, code }: MidiNews): void {
    if (code === undefined) {
      this.tell('midi', message);
      return;
    }
    this.parts.osc.broadcast({ kind: 'warning', source: nodeId, code, message });
    this.tell('warning', message, code);
  }

  private onPlaying(facts: EngineFacts, params: ParamTable): void {
    const { restarts, reason } = this.start;
    this.facts = facts;
    const { patch, presetName } = this.parts.mirror.snapshot();
    this.takeRecorder?.begin(facts.stepper);
    this.parts.mirror.setPatch(patch, presetName, params);
    this.isPlaying = true;
    this.tellStatus();
    this.sendMirror();
    this.around.send({ kind: 'ready' });
    if (restarts > 0) this.parts.osc.broadcast({ kind: 'engine-restarted', restarts, reason });
    this.desks.playing(this.start.restore);
  }

  private openDesks(): Desks {
    const { start, midi, parts } = this;
    return new Desks({
      ...parts,
      midi,
      presetFolder: start.options.presetFolder,
      mirrorChanged: () => this.sendMirrorSoon(),
      factsChanged: (facts) => {
        this.facts = facts;
      },
      tell: (...told) => this.tell(...told),
      quit: () => void this.quit(),
    });
  }

  private tellStatus(): void {
    const numbers = this.parts.page.read();
    if (numbers === undefined) return;
    const uptimeSeconds = (performance.now() - this.startedMs) / 1000;
    const status = assembleStatus(this.parts.constants, numbers, this.facts, this.sink, uptimeSeconds);
    this.parts.osc.setStatus(status);
    this.around.send({ kind: 'status', status });
    const xruns = numbers.xruns + numbers.modelXruns;
    if (xruns > this.toldXruns) {
      this.toldXruns = xruns;
      this.parts.osc.broadcast({ kind: 'xrun', xruns: numbers.xruns, modelXruns: numbers.modelXruns });
    }
    if (this.isPlaying && !this.isQuitting && this.stall.hasStalled(numbers.frame)) {
      this.fail(
        new EngineError('ENGINE_STALLED', `The sink ${this.sink.device} asks for no sound any more.`),
      );
    }
  }

  private record(): void {
    const { sampleRate, oscPort } = this.parts.constants;
    const { patch, presetName } = this.parts.mirror.snapshot();
    const failed = (error: unknown): void => {
      const { code, message } = describeError(error, 'ENGINE_OUTPUT');
      this.tell('warning', `The recording has ended, the sound goes on: ${message}`, code);
    };
    try {
      this.recorder = new Recorder(this.parts.tap, {
        folder: 'recordings',
        oscPort,
        sampleRate,
        comment: provenanceOf(patch, presetName, this.start.options.seed),
        failed,
      });
      const minutes = (recordingLimits.segments * recordingLimits.segmentSeconds) / 60;
      this.tell('recording', `Keeps the last ${minutes} minutes in ${this.recorder.pattern}.`);
    } catch (error) {
      failed(error);
    }
  }

  private sendMirrorSoon(): void {
    this.mirrorTimer ??= setTimeout(() => {
      this.mirrorTimer = undefined;
      this.sendMirror();
    }, mirrorMs);
  }

  private sendMirror(): void {
    const mirror = this.parts.mirror.snapshot();
    this.values.show(mirror);
    this.around.send({ kind: 'mirror', mirror });
  }

  private tell(event: PlayEventKind, message: string, code?: string): void {
    this.around.send({ kind: 'event', event, message, ...(code === undefined ? {} : { code }) });
    this.parts.osc.broadcast({ kind: 'log', level: levelOf(event), code: code ?? '', message });
  }

  private fail(error: unknown): void {
    if (this.isQuitting) return;
    this.isQuitting = true;
    void this.recorder?.close();
    void this.takeRecorder?.close();
    this.around.failed(error);
  }
}

function levelOf(event: PlayEventKind): LogLevel {
  if (event === 'error' || event === 'engine-died') return 'error';
  return event === 'warning' ? 'warn' : 'info';
}

/** Of the file that was asked for. Throws a coded error. */
function mappingOf(file: string | undefined, table: AddressTable): KeptBindings | undefined {
  if (file === undefined) return undefined;
  const own = readMapping(file);
  const index = new AddressIndex(table);
  for (const binding of own)
    checkTarget(
      binding,
      entriesOf(binding, index, () => undefined),
    );
  return { own, ofPreset: [] };
}
