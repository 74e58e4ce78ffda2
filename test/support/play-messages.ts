import type { ActionValue, Patch } from '../../graph/index.js';
import type { RecordedInput } from '../../src/audio-input/index.js';
import { createEngineParts } from '../../src/container/index.js';
import type { ControlMessage } from '../../src/control/index.js';
import { Engine } from '../../src/engine/engine.js';
import type { StepperChoice } from '../../src/engine/options.js';

/** An action of a node at an engine frame. */
export interface TimedAction {
  readonly frame: number;
  readonly nodeId: string;
  readonly name: string;
  readonly args: readonly ActionValue[];
}

export interface PlayedSound {
  readonly sound: Float32Array;
  /** Codes of faults and warnings. */
  readonly told: readonly string[];
}

/** The whole engine offline, at 48 kHz and one channel, while these messages come; `blocks` are asked for in turn. */
export async function playMessages(
  patch: Patch,
  actions: readonly TimedAction[],
  options: {
    readonly seconds: number;
    readonly seed?: number;
    readonly blocks?: readonly number[];
    readonly stepper?: StepperChoice;
    readonly inputs?: readonly RecordedInput[];
  },
): Promise<PlayedSound> {
  const { seconds, seed = 1, blocks = [128], stepper = 'auto', inputs = [] } = options;
  const engine = await Engine.create({
    patch,
    presetName: 'a test',
    mode: 'offline',
    sampleRate: 48_000,
    blockFrames: Math.max(...blocks),
    channels: 1,
    seed,
    parts: await createEngineParts({ stepper, lookAheadMs: 0, recordedInputs: inputs }),
  });
  const told: string[] = [];
  engine.notices$.subscribe((notice) => {
    if (notice.kind === 'warning' || notice.kind === 'fault') told.push(notice.code);
  });
  for (const { frame, nodeId, name, args } of actions) {
    const message: ControlMessage = { kind: 'action', nodeId, name, args };
    engine.apply({ frame, message });
  }
  const sound = new Float32Array(Math.round(seconds * 48_000));
  for (let turn = 0; engine.frame < sound.length; turn++) {
    engine.process(Math.min(blocks[turn % blocks.length]!, sound.length - engine.frame), (output, ticked) => {
      sound.set(output.channels[0]!.subarray(0, ticked), engine.frame);
    });
  }
  await engine.close();
  return { sound, told };
}
