/** A live engine whose clock waits for its models: what is heard of them, and at which frame, hangs on no machine. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ActionValue, Patch } from '../../graph/index.js';
import type { ModelStream } from '../../models/index.js';
import { createEngineParts } from '../../src/container/index.js';
import type { EngineStatus } from '../../src/control/index.js';
import { Engine } from '../../src/engine/engine.js';
import type { ModelStreamSettings } from '../../src/engine/model-streams.js';
import { assembleStatus } from '../../src/process/assemble-status.js';

export const BLOCK_FRAMES = 128;
const format = { sampleRate: 48_000, blockFrames: BLOCK_FRAMES, channels: 2 };
/** A thread steps so many frames at once: it waits although so many are missing. */
const STEPPED_AT_ONCE = 32;

export class OnTimeEngine {
  private constructor(
    private readonly engine: Engine,
    private readonly streams: readonly ModelStream[],
  ) {}

  static async create(
    patch: Patch,
    settings: Pick<ModelStreamSettings, 'lookAheadMs' | 'minRollbackSpeed'>,
  ): Promise<OnTimeEngine> {
    const parts = await createEngineParts({ stepper: 'auto', ...settings });
    const engine = await Engine.create({
      ...format,
      patch,
      presetName: 'a test',
      mode: 'live',
      seed: 1,
      parts,
    });
    const streams: ModelStream[] = [];
    parts.models.each((_nodeId, stream) => streams.push(stream));
    return new OnTimeEngine(engine, streams);
  }

  /** The action is done at the next frame. */
  send(nodeId: string, name: string, ...args: readonly ActionValue[]): void {
    this.engine.apply({ frame: 0, message: { kind: 'action', nodeId, name, args } });
  }

  /** What is heard of so many blocks, by channel. */
  async play(numBlocks: number): Promise<readonly Float32Array[]> {
    const firstFrame = this.engine.frame;
    const sound = Array.from({ length: format.channels }, () => new Float32Array(numBlocks * BLOCK_FRAMES));
    for (let n = 0; n < numBlocks; n++) {
      await this.modelsWait();
      this.engine.process(BLOCK_FRAMES, ({ channels }, numFrames) => {
        const at = this.engine.frame - firstFrame;
        for (const [c, samples] of sound.entries()) samples.set(channels[c]!.subarray(0, numFrames), at);
      });
    }
    return sound;
  }

  get status(): EngineStatus {
    const constants = { ...format, version: '', oscPort: 0, restarts: 0 };
    const sink = { sink: '', device: '' };
    return assembleStatus(constants, this.engine.statusPage.read()!, this.engine.facts(), sink, 0);
  }

  close(): Promise<void> {
    return this.engine.close();
  }

  /** Until the rings are full; twice, as a thread that is going back wants less of it for a moment. */
  private async modelsWait(): Promise<void> {
    for (let times = 0; times < 2; ) {
      await sleep(1);
      const areFull = this.streams.every(
        ({ availableFrames, lookAheadFrames }) => availableFrames > lookAheadFrames - STEPPED_AT_ONCE,
      );
      if (areFull) times++;
    }
  }
}
