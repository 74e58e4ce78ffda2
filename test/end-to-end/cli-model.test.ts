/** The commands that work on models and machines: what they print for people and for machines. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import wavefile from 'wavefile';
import { runCli } from '../support/run-cli.js';
import { goldens } from '../support/shared-data.js';
import { useTempFolder } from '../support/temp-folder.js';

async function json<T>(args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await runCli([...args, '--json']);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as T;
}

describe('the commands for models', function () {
  this.timeout(240_000);
  const folder = useTempFolder();

  /** A quarter second of a falling tone, stereo, at another rate than the model's. */
  function writeTone(file: string, bitDepth: string): void {
    const numFrames = 11_025;
    const left = Float64Array.from({ length: numFrames }, (_, i) => 0.5 * Math.sin(i * (0.1 - i * 2e-6)));
    const wav = new wavefile.WaveFile();
    wav.fromScratch(2, 44_100, '64', [left, left.map((x) => -x / 2)]);
    wav.toBitDepth(bitDepth);
    writeFileSync(folder.path(file), wav.toBuffer());
  }

  it('info tells architecture, licence and provenance, the same for people and machines', async () => {
    const info = await json<{ name: string; licence: string; parameters: number; sampleRate: number }>([
      'model',
      'info',
      'models/zoo/shore',
    ]);
    assert.equal(info.name, 'shore');
    assert.ok(info.parameters > 100_000);
    const { stdout } = await runCli(['model', 'info', 'models/zoo/shore']);
    for (const part of [info.licence, String(info.parameters), `${info.sampleRate} Hz`])
      assert.ok(stdout.includes(part));
  });

  it('score gives bits per sample below those of no idea, per file and over all', async () => {
    writeTone('a.wav', '16');
    writeTone('b.wav', '32f');
    const report = await json<{ bitsPerSample: number; files: { bitsPerSample: number; frames: number }[] }>([
      'model',
      'score',
      'models/zoo/shore',
      folder.path('a.wav'),
      folder.path('b.wav'),
    ]);
    const [a, b] = report.files;
    assert.equal(a?.frames, 4000);
    assert.ok(a.bitsPerSample > 0 && a.bitsPerSample < 9, String(a.bitsPerSample));
    assert.ok(
      Math.abs(a.bitsPerSample - (b?.bitsPerSample ?? 0)) < 0.05,
      'the width of the file does not matter',
    );
    assert.ok(Math.abs(report.bitsPerSample - (a.bitsPerSample + (b?.bitsPerSample ?? 0)) / 2) < 1e-9);
  });

  it('bench stepper measures speed', async () => {
    const bench = await json<Record<string, number | string>>([
      'bench',
      'stepper',
      'models/zoo/shore',
      '--stepper',
      'reference',
      '--seconds',
      '0.2',
    ]);
    assert.equal(bench.stepper, 'reference');
    assert.ok(Number(bench.realTimeFactor) > 0 && Number(bench.worstBlock) > 0);
  });

  for (const golden of ['tiny', 's4d_zoh']) {
    it(`import and verify: the reference equals the official code on ${golden}`, async function () {
      const from = goldens(this, golden);
      const out = folder.path('model');
      const args = [
        'model',
        'import',
        join(from, 'model.pt'),
        '--config',
        join(from, 'config.json'),
        '--out',
        out,
      ];
      const imported = await runCli(args);
      assert.equal(imported.code, 0, imported.stderr);
      const verify = ['model', 'verify', out, '--golden', from, '--stepper', 'reference'];
      const report = await json<{ maxAbsLogits: number; ok: boolean; greedyEqual: boolean | null }>(verify);
      assert.ok(
        report.ok && report.maxAbsLogits <= 2e-5 && report.greedyEqual !== false,
        JSON.stringify(report),
      );
    });
  }

  it('verify exits with 1 for a model that the golden is not of', async function () {
    const golden = goldens(this, 'tiny');
    const { code } = await runCli([
      'model',
      'verify',
      'models/zoo/shore',
      '--golden',
      golden,
      '--stepper',
      'reference',
    ]);
    assert.equal(code, 1);
  });
});

describe('the commands for machines', () => {
  it('nodes --json holds every descriptor with its params', async () => {
    const { nodes } = await json<{ nodes: { type: string; params: object }[] }>(['nodes']);
    const sashimi = nodes.find(({ type }) => type === 'sashimi');
    assert.ok(sashimi !== undefined && 'temperature' in sashimi.params);
  });

  it('doctor has for everything that is missing a word on why', async () => {
    const { findings } = await json<{ findings: { name: string; isHere: boolean; detail: string }[] }>([
      'doctor',
    ]);
    for (const { name, detail } of findings) assert.ok(detail.length > 0, name);
    assert.ok(findings.some(({ name, isHere }) => name === 'models' && isHere));
  });

  it('devices lists drivers, those that do not work with a reason', async () => {
    const { drivers, midi } = await json<{
      drivers: { driver: string; available: boolean; reason?: string }[];
      midi: { ports: string[]; reason?: string };
    }>(['devices']);
    assert.ok(Array.isArray(midi.ports));
    assert.ok(drivers.length > 0);
    for (const { available, reason, driver } of drivers) assert.ok(available || reason, driver);
  });
});
