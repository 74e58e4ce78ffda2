/** `sashimi model quantize`, as a person runs it. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import wavefile from 'wavefile';
import { loadBundle, writeBundle } from '../../models/index.js';
import { type CliRun, runCli } from '../support/run-cli.js';
import { useTempFolder } from '../support/temp-folder.js';
import { tinyBundleParts } from '../support/tiny-bundle.js';

interface Report {
  readonly format: string;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  readonly bitsPerSampleBefore: number;
  readonly bitsPerSampleAfter: number;
  readonly realTimeFactorBefore: number;
  readonly realTimeFactorAfter: number;
  readonly scoredOn: string;
  readonly calibratedOn?: string;
}

describe('model quantize', function () {
  this.timeout(240_000);
  const folder = useTempFolder();

  beforeEach(async () => {
    const { draft, tensors } = tinyBundleParts({ dModel: 16, pool: [4] });
    await writeBundle(folder.path('tiny'), draft, tensors, '# Tiny\n');
    for (const name of ['a', 'b']) {
      const tone = Int16Array.from(
        { length: 8000 },
        (_, i) => 9000 * Math.sin(i * (name === 'a' ? 0.1 : 0.07)),
      );
      const wav = new wavefile.WaveFile();
      wav.fromScratch(1, 16_000, '16', tone);
      writeFileSync(folder.path(`${name}.wav`), wav.toBuffer());
    }
  });

  function quantize(...args: string[]): Promise<CliRun> {
    return runCli(['model', 'quantize', folder.path('tiny'), '--out', folder.path('out'), ...args]);
  }

  async function report(...args: string[]): Promise<Report> {
    const { code, stdout, stderr } = await quantize(...args, '--json');
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as Report;
  }

  it('writes a bundle that plays, with a card that says what it cost', async () => {
    const audio = ['--audio', folder.path('a.wav'), folder.path('b.wav')];
    const told = await report('--weights', 'int8', ...audio);
    assert.equal(told.scoredOn, 'a.wav, b.wav');
    assert.ok(told.bytesAfter < told.bytesBefore / 2);
    assert.ok(Math.abs(told.bitsPerSampleAfter - told.bitsPerSampleBefore) < 0.1);
    assert.ok(told.realTimeFactorBefore > 0 && told.realTimeFactorAfter > 0);

    const { manifest } = await loadBundle(folder.path('out'));
    assert.equal(manifest.name, 'tiny-int8');
    assert.equal(manifest.weights.format, 'int8');
    assert.equal(manifest.weights.bytes, told.bytesAfter);
    assert.equal(manifest.provenance.quantisedFrom, 'tiny');
    const card = readFileSync(folder.path('out/README.md'), 'utf8');
    for (const part of ['`tiny`', told.bitsPerSampleAfter.toFixed(4), 'CC0-1.0'])
      assert.ok(card.includes(part));

    const info = await runCli(['model', 'info', folder.path('out')]);
    assert.match(info.stdout, /MB in int8/);
  });

  it('calibrates int4 on one half of a recording and scores the other', async () => {
    const told = await report('--weights', 'int4', '--audio', folder.path('a.wav'), '--seconds', '0.1');
    assert.equal(told.scoredOn, 'the second halves of a.wav');
    assert.match(told.calibratedOn ?? '', /0\.\d s of the first halves of a\.wav/);
  });

  it('calibrates int4 on other recordings when they are named', async () => {
    const told = await report(
      ...['--weights', 'int4', '--name', 'small'],
      ...['--audio', folder.path('a.wav'), '--calibrate', folder.path('b.wav')],
    );
    assert.equal(told.scoredOn, 'a.wav');
    assert.equal(told.calibratedOn, '0.5 s of b.wav');
    assert.equal((await loadBundle(folder.path('out'))).manifest.name, 'small');
  });

  it('needs no recordings, and prints a table', async () => {
    const { code, stdout, stderr } = await quantize('--weights', 'bf16');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /weights +bits per sample +speed/);
    assert.match(stdout, /tiny-bf16 .* MB/);
    assert.match(stdout, /% smaller/);
    assert.match(stdout, /its own sound/);
  });

  it('leaves nothing behind when it fails, and nothing of before touched', async () => {
    const before = readdirSync(folder.path('.')).sort();
    const missing = await quantize('--weights', 'int8', '--audio', folder.path('none.wav'));
    assert.match(missing.stderr, /CLI_AUDIO_FILE/);
    const unknown = await quantize('--weights', 'int3');
    assert.match(unknown.stderr, /int3/);
    const name = await quantize('--weights', 'int8', '--name', 'Not Kebab', '--audio', folder.path('a.wav'));
    assert.match(name.stderr, /MODEL_MANIFEST/);
    assert.deepEqual(readdirSync(folder.path('.')).sort(), before);
    for (const { code } of [missing, unknown, name]) assert.notEqual(code, 0);

    await quantize('--weights', 'int8', '--audio', folder.path('a.wav'));
    const again = await quantize('--weights', 'bf16', '--audio', folder.path('a.wav'));
    assert.match(again.stderr, /MODEL_OUT_EXISTS/);
    assert.equal((await loadBundle(folder.path('out'))).manifest.weights.format, 'int8');
  });
});
