import assert from 'node:assert/strict';
import { clockText, meter, screenLines, statusLine } from '../../../src/cli/play/screen.js';
import type { Terminal } from '../../../src/cli/terminal.js';
import type { EngineStatus } from '../../../src/control/index.js';

const status: EngineStatus = {
  version: '0.1.0',
  preset: 'shore',
  uptimeSeconds: 65.4,
  frame: 3_139_200,
  sampleRate: 48_000,
  blockFrames: 256,
  channels: 2,
  sink: 'null',
  device: '',
  oscPort: 9010,
  loadMean: 0.12,
  loadPeak: 0.3,
  modelLoad: 0.25,
  stepper: 'native (x86-64-v3)',
  stepperReason: 'the fastest that this machine has',
  xruns: 1,
  modelXruns: 2,
  modelXrunCauses: '1 preempted',
  modelRunaways: 2,
  modelRunawayCauses: '1 level, 1 noise',
  modelScheduling: 'realtime',
  lookAheadMs: 8,
  modelControlMs: 5.3,
  rollback: 'ready',
  rollbacks: 3,
  lateRollbacks: 1,
  framesSteppedAgain: 640,
  latencyMs: 31.2,
  peakDb: -12.3,
  rmsDb: -20.1,
  masterGainDb: 0,
  muted: false,
  restarts: 0,
  voices: 0,
  voicesStolen: 0,
};

function fakeTerminal(columns: number): Terminal {
  return { isInteractive: true, columns, style: (_style, text) => text, write: () => undefined };
}

const info = { title: 'Shore', host: '127.0.0.1', examples: ['oscsend localhost 9010 /panic'] };

describe('the screen of play', () => {
  it('shows level, load, look-ahead, xruns, latency, the OSC port and what to try', () => {
    const text = screenLines(status, info, fakeTerminal(120)).join('\n');
    for (const part of ['-12.3 dB', '12 %', '25 %', 'look-ahead 8.0 ms', '1 of the sink, 2 of the models']) {
      assert.ok(text.includes(part), `${part} is not in\n${text}`);
    }
    for (const part of ['31.2 ms', '127.0.0.1:9010', 'oscsend localhost 9010 /panic', 'native (x86-64-v3)']) {
      assert.ok(text.includes(part), `${part} is not in\n${text}`);
    }
  });

  it('shows the state of rollback, and why the models were late', () => {
    const linesOf = (changed: Partial<EngineStatus>) =>
      screenLines({ ...status, ...changed }, info, fakeTerminal(120));
    const lines = linesOf({});
    assert.ok(lines.includes('xruns      1 of the sink, 2 of the models (1 preempted)'), lines.join('\n'));
    assert.ok(lines.includes('rollback   ready, 3 so far, 1 of them late'), lines.join('\n'));
    const calm = linesOf({ modelXruns: 0, modelXrunCauses: '' });
    assert.ok(calm.includes('xruns      1 of the sink, 0 of the models'), calm.join('\n'));
  });

  it('never writes past the edge of the terminal', () => {
    for (const columns of [20, 40, 80]) {
      for (const line of screenLines(status, info, fakeTerminal(columns)))
        assert.ok(line.length < columns, line);
    }
  });

  it('says when the master is muted', () => {
    const [first] = screenLines({ ...status, muted: true }, info, fakeTerminal(80));
    assert.match(first ?? '', /MUTED/);
  });

  it('puts everything a log needs into one line', () => {
    const line = statusLine(status, 'Shore');
    assert.equal(
      line,
      '1:05 Shore | peak -12.3 dB | load 12 % | models 25 % | look-ahead 8.0 ms | latency 31.2 ms | xruns 1+2 | osc 9010',
    );
  });
});

describe('the meter', () => {
  const widthOf = (text: string, mark: string): number => text.split(mark).length - 1;

  it('is full at 0 dB, half at -30 dB and empty at -60 dB and below', () => {
    assert.equal(widthOf(meter(0, 0), '█'), 40);
    assert.equal(widthOf(meter(-30, -30), '█'), 20);
    assert.equal(meter(-60, -60), '·'.repeat(40));
    assert.equal(meter(-144, -144), '·'.repeat(40));
  });

  it('shows the peak above the rms, and stays as wide as it is above 0 dB', () => {
    assert.equal(meter(-15, -30), '█'.repeat(20) + '▒'.repeat(10) + '·'.repeat(10));
    assert.equal(meter(6, 3).length, 40);
  });
});

describe('the clock', () => {
  it('counts minutes and seconds, and hours when there are any', () => {
    assert.deepEqual([0, 59.9, 65, 3600, 86_399].map(clockText), [
      '0:00',
      '0:59',
      '1:05',
      '1:00:00',
      '23:59:59',
    ]);
  });
});
