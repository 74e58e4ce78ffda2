import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AUDIO_FILES,
  AUDIO_INPUTS,
  MIDI_FILES,
  MODEL_STREAMS,
  nodeTypes,
  SINK_DRIVERS,
  type SinkStream,
  STATE_FILES,
  sinkDrivers,
  TEXT_READERS,
} from '../../nodes/index.js';
import { EngineAudioFiles } from '../../src/audio-files/index.js';
import { EngineStateFiles } from '../../src/engine/state-files.js';
import { builtIn } from '../../src/eval/material.js';
import { EngineTextReaders } from '../../src/text/engine-text-readers.js';
import { FakeModelStreams, FakeStream } from '../nodes/fake-model-streams.js';
import { FakeAudioInput, FakeAudioInputs } from '../nodes/source/fake-audio-inputs.js';
import { servicesOf } from '../support/graph-harness.js';
import { NOTE_CONDITIONING } from '../support/note-conditioning.js';
import { floatWavOf } from '../support/wav-bytes.js';
import { type NodeContractOptions, nodeContract } from './node-contract.js';

const folder = mkdtempSync(join(tmpdir(), 'sashimi-nodes-'));
let files = 0;

/** A device that takes everything and never asks. */
const device: SinkStream = {
  latencyFrames: 0,
  xruns: 0,
  description: 'a test',
  start: () => undefined,
  write: () => undefined,
  close: async () => undefined,
};
const drivers = sinkDrivers([
  {
    name: 'test',
    probe: async () => ({ available: true }),
    devices: async () => [],
    open: async () => device,
  },
]);

const sound = join(folder, 'sound.wav');
writeFileSync(
  sound,
  floatWavOf(30_000, 32_000, (frame) => 0.5 * Math.sin(frame * 0.05)),
);

const model: NodeContractOptions = {
  services: () =>
    servicesOf(
      [MODEL_STREAMS, new FakeModelStreams(new FakeStream({ conditioning: NOTE_CONDITIONING }))],
      [STATE_FILES, new EngineStateFiles(join(folder, 'states'))],
    ),
  // Where streams of several kinds were read in one process, a sample may be boxed on its way to the resampler.
  bytesPerTick: 2048,
};

/** What a node needs from a test machine beside its defaults. */
const needs: Readonly<Record<string, NodeContractOptions>> = {
  sashimi: model,
  blend: model,
  'audio-file': {
    settings: { file: sound, loop: true },
    services: () => servicesOf([AUDIO_FILES, new EngineAudioFiles(folder)]),
  },
  text: {
    services: () => servicesOf([TEXT_READERS, new EngineTextReaders()]),
    settings: { lyrics: 'twinkle little star' },
    actionArgs: { say: ['Who are you?'], sing: ['moon'] },
  },
  'audio-in': {
    services: () => servicesOf([AUDIO_INPUTS, new FakeAudioInputs(new FakeAudioInput(true))]),
  },
  'word-osc': { actionArgs: { say: ['left'] } },
  'midi-file': {
    services: () => servicesOf([MIDI_FILES, { read: async () => builtIn('trills', 1) }]),
    settings: { file: 'trills' },
    frames: 60_000,
    actionArgs: { play: [0.5] },
  },
  sequencer: { frames: 30_000, actionArgs: { step: [3, 60, 100, 0.5, 2], pattern: ['60 . 64@80 67:0.5*2'] } },
  speaker: { services: () => servicesOf([SINK_DRIVERS, drivers]) },
  'wav-file': {
    settings: () => ({ path: join(folder, `${files++}.wav`) }),
    // Where files of several formats were written in one process, a sample may be boxed on its way to the encoder.
    bytesPerTick: 2048,
  },
  // Where limiters of several sample types were run in one process, a gain may be boxed on its way through the filters.
  limiter: { bytesPerTick: 2048 },
};

after(() => rmSync(folder, { recursive: true, force: true }));

for (const descriptor of nodeTypes) nodeContract(descriptor, needs[descriptor.type] ?? {});
