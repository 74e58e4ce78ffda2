import type { LevelMeter, LoadMeter } from './meters.js';
import type { ModelStreamTable } from './model-stream-table.js';
import { StatusPage } from './status-page.js';

/** What status asks of a sink. A SinkStream has it. */
export interface SinkNumbers {
  readonly latencyFrames: number;
  readonly xruns: number;
}

const slot = {
  frame: StatusPage.slot('frame'),
  loadMean: StatusPage.slot('loadMean'),
  loadPeak: StatusPage.slot('loadPeak'),
  modelLoad: StatusPage.slot('modelLoad'),
  xruns: StatusPage.slot('xruns'),
  modelXruns: StatusPage.slot('modelXruns'),
  peak: StatusPage.slot('peak'),
  rms: StatusPage.slot('rms'),
  masterGainDb: StatusPage.slot('masterGainDb'),
  muted: StatusPage.slot('muted'),
  sinkLatencyFrames: StatusPage.slot('sinkLatencyFrames'),
  graphLatencyFrames: StatusPage.slot('graphLatencyFrames'),
  lookAheadMs: StatusPage.slot('lookAheadMs'),
  modelControlMs: StatusPage.slot('modelControlMs'),
  rollback: StatusPage.slot('rollback'),
  rollbacks: StatusPage.slot('rollbacks'),
  lateRollbacks: StatusPage.slot('lateRollbacks'),
  framesSteppedAgain: StatusPage.slot('framesSteppedAgain'),
  realtimeModels: StatusPage.slot('realtimeModels'),
  modelThreads: StatusPage.slot('modelThreads'),
  overloadedModels: StatusPage.slot('overloadedModels'),
  xrunsStarting: StatusPage.slot('xrunsStarting'),
  xrunsOverload: StatusPage.slot('xrunsOverload'),
  xrunsPreempted: StatusPage.slot('xrunsPreempted'),
  xrunsRollback: StatusPage.slot('xrunsRollback'),
  xrunsBurst: StatusPage.slot('xrunsBurst'),
  runawaysLevel: StatusPage.slot('runawaysLevel'),
  runawaysNoise: StatusPage.slot('runawaysNoise'),
  runawaysStuck: StatusPage.slot('runawaysStuck'),
  runawaysNotFinite: StatusPage.slot('runawaysNotFinite'),
  conditioningMs: StatusPage.slot('conditioningMs'),
  voices: StatusPage.slot('voices'),
  voicesStolen: StatusPage.slot('voicesStolen'),
};

/** What status asks of voices. */
export interface VoiceNumbers {
  readonly playing: number;
  readonly stolen: number;
}

/** Fills the status page from the audio thread, once per block, without allocating. */
export class StatusWriter {
  private sink: SinkNumbers | undefined;
  private masterGainDb = 0;
  private muted = 0;
  private graphLatencyFrames = 0;
  private conditioningMs = 0;

  constructor(
    readonly page: StatusPage,
    private readonly models: ModelStreamTable,
  ) {}

  setSink(sink: SinkNumbers): void {
    this.sink = sink;
  }

  setMaster(gainDb: number, muted: boolean): void {
    this.setMasterGain(gainDb);
    this.setMuted(muted);
  }

  setMasterGain(gainDb: number): void {
    this.masterGainDb = gainDb;
  }

  setMuted(muted: boolean): void {
    this.muted = muted ? 1 : 0;
  }

  setGraph(latencyFrames: number, conditioningMs: number): void {
    this.graphLatencyFrames = latencyFrames;
    this.conditioningMs = conditioningMs;
  }

  write(frame: number, level: LevelMeter, load: LoadMeter, voices: VoiceNumbers): void {
    const { values } = this.page;
    const models = this.models.look();
    this.page.begin();
    values[slot.frame] = frame;
    values[slot.loadMean] = load.mean();
    values[slot.loadPeak] = load.peak();
    values[slot.modelLoad] = models.load;
    values[slot.xruns] = this.sink?.xruns ?? 0;
    values[slot.modelXruns] = this.models.gaps;
    values[slot.peak] = level.peak();
    values[slot.rms] = level.rms();
    values[slot.masterGainDb] = this.masterGainDb;
    values[slot.muted] = this.muted;
    values[slot.sinkLatencyFrames] = this.sink?.latencyFrames ?? 0;
    values[slot.graphLatencyFrames] = this.graphLatencyFrames;
    values[slot.lookAheadMs] = models.lookAheadMs;
    values[slot.modelControlMs] = models.controlMs;
    values[slot.rollback] = models.rollback;
    values[slot.rollbacks] = models.rollbacks;
    values[slot.lateRollbacks] = models.lateRollbacks;
    values[slot.framesSteppedAgain] = models.framesSteppedAgain;
    values[slot.realtimeModels] = models.realtime;
    values[slot.modelThreads] = models.threads;
    values[slot.overloadedModels] = models.overloaded;
    values[slot.xrunsStarting] = models.xruns.starting;
    values[slot.xrunsOverload] = models.xruns.overload;
    values[slot.xrunsPreempted] = models.xruns.preempted;
    values[slot.xrunsRollback] = models.xruns.rollback;
    values[slot.xrunsBurst] = models.xruns.burst;
    values[slot.runawaysLevel] = models.runaways.level;
    values[slot.runawaysNoise] = models.runaways.noise;
    values[slot.runawaysStuck] = models.runaways.stuck;
    values[slot.runawaysNotFinite] = models.runaways['not-finite'];
    values[slot.conditioningMs] = Math.max(this.conditioningMs, models.conditioningMs);
    values[slot.voices] = voices.playing;
    values[slot.voicesStolen] = voices.stolen;
    this.page.end();
  }
}
