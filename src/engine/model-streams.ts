/**
 * Opens models for the nodes of one engine: finds the bundle, loads it once, shares its weights
 * between all voices, and keeps count of the streams for status.
 */
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  type Bundle,
  loadBundle,
  MANIFEST_FILE,
  type ModelStream,
  type OpenedStream,
  type OpenStreamOptions,
  openStream,
  packageRoot,
  type RunawayCause,
  type SecondModel,
} from '../../models/index.js';
import type {
  ListenRequest,
  ModelStreamRequest,
  ModelStreams,
  OpenedModelStream,
  PrimedState,
  PrimeRequest,
  SecondModelRequest,
} from '../../nodes/index.js';
import { findNamedFile } from '../audio-files/index.js';
import { EngineError } from './errors.js';
import type { ModelStreamTable } from './model-stream-table.js';
import type { OnnxProvider, StepperChoice } from './options.js';
import { type PrimeOrder, type PrimeSound, prime, primeNow } from './primer.js';
import type { ReplayGate } from './replay-gate.js';
import { type PlannedStepper, StepperPlan, type StepperUse } from './stepper-plan.js';

const plainName = /^[a-z0-9][a-z0-9_-]{0,63}$/i;
/** A stream steps in sub-blocks of this many frames: it cannot run less far ahead. */
const leastLookAheadFrames = 32;
/** Where a look-ahead delays nothing it may be this much longer: time to be late in, against memory for snapshots. */
const rollbackDepth = 4;
/** But no longer than this: a change steps all of it again, and each voice keeps snapshots of all of it. */
const mostRollbackMs = 250;

/** Of sound that a model listens to at once. */
const mostPrimeSeconds = 60;

/** How far a stream runs ahead while control is rolled back, where `lookAheadMs` is asked for. */
export function rollbackLookAheadMs(lookAheadMs: number): number {
  return Math.max(lookAheadMs, Math.min(rollbackDepth * lookAheadMs, mostRollbackMs));
}

export interface ModelStreamSettings {
  readonly stepper: StepperChoice;
  /** Of the onnx stepper. */
  readonly provider?: OnnxProvider | undefined;
  /** Live: what `auto` stands for, by bundle. */
  readonly steppers?: readonly PlannedStepper[] | undefined;
  /** How far models run ahead, live, where a node asks for nothing else and control is not rolled back. */
  readonly lookAheadMs: number;
  /** Of a replay: streams heed control as they did live, with this `lookAheadMs`, and what took its time is held back. */
  readonly replay?: ReplayGate | undefined;
  /** Times real time, below which nothing is rolled back: 0 for always, Infinity for never. Default 1.5. */
  readonly minRollbackSpeed?: number | undefined;
}

export class EngineModelStreams implements ModelStreams {
  /** By folder and time of change, so that a bundle that was written anew is loaded anew. */
  private readonly bundles = new Map<string, Promise<Bundle>>();
  private readonly plan: StepperPlan;

  constructor(
    private readonly settings: ModelStreamSettings,
    private readonly table: ModelStreamTable,
  ) {
    const { stepper, provider, steppers } = settings;
    this.plan = new StepperPlan({ stepper, provider }, steppers);
  }

  async open(request: ModelStreamRequest): Promise<OpenedModelStream> {
    const folder = bundleFolder(request.bundle);
    const bundle = await this.bundle(folder, request.bundle);
    const { manifest } = bundle;
    const second = request.second && (await this.second(request.second));
    const { minRollbackSpeed, replay } = this.settings;
    const lookAheadMs = request.lookAheadMs ?? this.settings.lookAheadMs;
    const place = this.table.place(request.nodeId);
    const framesOf = (ms: number) =>
      Math.max(leastLookAheadFrames, Math.round((ms * manifest.sampleRate) / 1000));
    const { stream, stepper } = await this.openPlanned(folder, {
      bundle,
      bundleDir: folder,
      second,
      mode: request.mode === 'live' ? 'threaded' : 'inline',
      seed: request.seed,
      lookAheadFrames: framesOf(lookAheadMs),
      rollbackLookAheadFrames: framesOf(rollbackLookAheadMs(lookAheadMs)),
      ...(minRollbackSpeed === undefined ? {} : { minRollbackSpeed }),
      sampling: request.sampling,
      ...(request.watchdog === undefined ? {} : { watchdog: request.watchdog }),
      retelling: replay && (() => replay.lapses(place.number)),
    });
    this.table.add(place, stream, stepper);
    return {
      stream: this.untracked(stream),
      manifest,
      secondManifest: second?.bundle.manifest,
      stepper,
      gate: place,
    };
  }

  /** As planned; where that does not open after all, as if there were no plan. */
  private async openPlanned(
    folder: string,
    options: Omit<OpenStreamOptions, 'stepper' | 'provider'>,
  ): Promise<OpenedStream> {
    const isPair = options.second !== undefined;
    const open = async ({ stepper, provider, reason }: StepperUse): Promise<OpenedStream> => {
      const opened = await openStream({ ...options, stepper, provider });
      return reason === undefined ? opened : { ...opened, stepper: { ...opened.stepper, reason } };
    };
    const use = await this.plan.of(folder, isPair);
    try {
      return await open(use);
    } catch (error) {
      if (!(await this.plan.giveUp(folder, use, error))) throw error;
      return open(await this.plan.of(folder, isPair));
    }
  }

  prime(request: PrimeRequest): Promise<PrimedState> | PrimedState {
    const { file, startSeconds, endSeconds } = request;
    const path = findNamedFile(file, process.cwd());
    const stretch = { startSeconds, endSeconds, mostSeconds: mostPrimeSeconds };
    return this.hear(request, { path, stretch });
  }

  listen(request: ListenRequest): Promise<PrimedState> | PrimedState {
    return this.hear(request, { heard: request.heard });
  }

  reportGap(): void {
    this.table.gaps++;
  }

  reportRunaway(nodeId: string, cause: RunawayCause, runaways: number): void {
    this.table.onRunaway?.(nodeId, cause, runaways);
  }

  private async second({ bundle, mixing, isFirstDropped }: SecondModelRequest): Promise<SecondModel> {
    const bundleDir = bundleFolder(bundle);
    return { bundle: await this.bundle(bundleDir, bundle), bundleDir, mixing, isFirstDropped };
  }

  private hear(
    { bundle, second, mode }: PrimeRequest | ListenRequest,
    sound: PrimeSound,
  ): Promise<PrimedState> | PrimedState {
    const { stepper, provider, replay } = this.settings;
    const bundleDir = bundleFolder(bundle);
    const order: PrimeOrder = {
      bundleDir,
      second: second && { ...second, bundleDir: bundleFolder(second.bundle) },
      stepper,
      provider,
      sound,
    };
    if (replay !== undefined) return replay.hold(() => primeNow(order));
    return mode === 'live' ? this.primePlanned(order) : primeNow(order);
  }

  /** A state goes from one stepper to another of its kind alone: it listens with that which plays. */
  private async primePlanned(order: PrimeOrder): Promise<PrimedState> {
    const { stepper, provider } = await this.plan.of(order.bundleDir, order.second !== undefined);
    return prime({ ...order, stepper, provider });
  }

  private async bundle(folder: string, asked: string): Promise<Bundle> {
    const changed = await changedMs(folder, asked);
    const key = `${changed} ${folder}`;
    const known = this.bundles.get(key);
    if (known !== undefined) return known;
    const loading = loadBundle(folder);
    this.bundles.set(key, loading);
    // A failure is told to whoever asked, and tried again next time.
    loading.catch(() => this.bundles.delete(key));
    return loading;
  }

  /** The same stream, which leaves the table when its node closes it. */
  private untracked(stream: ModelStream): ModelStream {
    const close = stream.close.bind(stream);
    stream.close = () => {
      this.table.remove(stream);
      return close();
    };
    return stream;
  }
}

/** Of a name in models/zoo, or a path. */
export function bundleFolder(nameOrPath: string): string {
  return plainName.test(nameOrPath) ? join(packageRoot(), 'models', 'zoo', nameOrPath) : resolve(nameOrPath);
}

async function changedMs(folder: string, asked: string): Promise<number> {
  try {
    return (await stat(join(folder, MANIFEST_FILE))).mtimeMs;
  } catch (cause) {
    throw new EngineError(
      'ENGINE_BUNDLE_NOT_FOUND',
      `There is no model bundle "${asked}": ${folder} has no ${MANIFEST_FILE}.`,
      {
        cause,
      },
    );
  }
}
