import assert from 'node:assert/strict';
import type { StreamScheduling } from '../../../models/index.js';
import type { EngineStatus } from '../../../src/control/index.js';
import { LevelMeter, LoadMeter } from '../../../src/engine/meters.js';
import { ModelStreamTable } from '../../../src/engine/model-stream-table.js';
import { StatusPage } from '../../../src/engine/status-page.js';
import { StatusWriter } from '../../../src/engine/status-writer.js';
import { assembleStatus } from '../../../src/process/assemble-status.js';
import { FakeStream } from '../../nodes/fake-model-streams.js';
import { NOTE_CONDITIONING } from '../../support/note-conditioning.js';

function statusOf(...streams: readonly FakeStream[]): EngineStatus {
  const table = new ModelStreamTable();
  for (const stream of streams)
    table.add(table.place('a'), stream, { kind: 'native', instructionSet: 'none', reason: 'a test' });
  const writer = new StatusWriter(new StatusPage(), table);
  writer.write(0, new LevelMeter(48000), new LoadMeter(), { playing: 0, stolen: 0 });
  const constants = {
    version: '0',
    sampleRate: 48000,
    blockFrames: 64,
    channels: 2,
    oscPort: 9010,
    restarts: 0,
  };
  const facts = { presetName: 'a test', stepper: 'native', stepperReason: 'a test' };
  const numbers = writer.page.read()!;
  return assembleStatus(constants, numbers, facts, { sink: 'null', device: '' }, 0);
}

/** What status says of models with these priorities. */
function modelScheduling(...all: readonly StreamScheduling[]): string {
  const streams = all.map((scheduling) => {
    const stream = new FakeStream({ mode: 'threaded' });
    stream.numbers.scheduling = scheduling;
    return stream;
  });
  return statusOf(...streams).modelScheduling;
}

describe('the latency in status', () => {
  it('has the frame of conditioning that a model waits for, of the slowest input', () => {
    const free = new FakeStream();
    const played = new FakeStream({ conditioning: NOTE_CONDITIONING });
    assert.ok(Math.abs(statusOf(free, played).latencyMs - statusOf(free).latencyMs - 4) < 1e-9);
  });
});

describe('the status of model threads', () => {
  it('tells their priority, and that one was too slow to keep it', () => {
    assert.equal(modelScheduling(), 'none');
    assert.equal(modelScheduling('realtime', 'realtime'), 'realtime');
    assert.equal(modelScheduling('normal'), 'normal');
    assert.equal(modelScheduling('normal', 'realtime'), 'realtime 1 of 2');
    assert.equal(modelScheduling('realtime', 'overloaded', 'normal'), 'overloaded');
  });
});
