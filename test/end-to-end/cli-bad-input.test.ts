/** What a person, or somebody with bad intentions, may feed the command: a code, exit 1, nothing half-written. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../models/package-root.js';
import { pickleBytes } from '../support/pickle-bytes.js';
import { runCli } from '../support/run-cli.js';
import { useTempFolder } from '../support/temp-folder.js';
import { zipBytes } from '../support/zip-bytes.js';

const gain = (id: string): object => ({ id, type: 'gain' });
const patch = (more: object): string =>
  JSON.stringify({ format: 'sashimi-live/patch', formatVersion: 1, title: 'Bad', ...more });
const playable = patch({ nodes: [{ id: 'a', type: 'constant' }], output: 'a.out' });

/** A checkpoint whose pickle would run `touch FILE` in Python's loader, inside the zip that torch.save writes. */
function evilCheckpoint(file: string): Uint8Array {
  const { of, global, reduce, text, tuple } = pickleBytes;
  const pickle = of(reduce(global('os', 'system'), tuple(text(`touch ${file}`))));
  return zipBytes([
    { name: 'archive/data.pkl', bytes: pickle },
    { name: 'archive/version', bytes: Buffer.from('3\n') },
  ]);
}

describe('bad input', function () {
  this.timeout(240_000);
  const folder = useTempFolder();

  /** Runs, checks code and exit, and that the folder holds nothing new. */
  async function refuses(args: readonly string[], code: RegExp): Promise<string> {
    const before = readdirSync(folder.path()).sort();
    const run = await runCli(args, { cwd: packageRoot() });
    assert.equal(run.code, 1, run.stderr);
    assert.equal(run.stdout, '');
    assert.match(run.stderr, code);
    assert.ok(run.stderr.trimEnd().split('\n').length >= 2, 'a remedy follows');
    assert.deepEqual(readdirSync(folder.path()).sort(), before, 'something was left behind');
    return run.stderr;
  }

  const patches: readonly (readonly [string, string, RegExp])[] = [
    ['no JSON', '{', /^PATCH_JSON: /],
    ['JSON that is no patch', '{}', /^PATCH_FORMAT: /],
    [
      'a cycle',
      patch({
        nodes: [gain('a'), gain('b')],
        edges: [
          { from: 'a.audio', to: 'b.audio' },
          { from: 'b.audio', to: 'a.audio' },
        ],
        output: 'b.audio',
      }),
      /^GRAPH_CYCLE: /,
    ],
    [
      'an unknown param',
      patch({ nodes: [{ id: 'm', type: 'sashimi', params: { temprature: 1 } }], output: 'm.audio' }),
      /^PARAM_UNKNOWN: .*temprature/,
    ],
    [
      'an unknown node type',
      patch({ nodes: [{ id: 'm', type: 'teapot' }], output: 'm.audio' }),
      /^GRAPH_UNKNOWN_TYPE: /,
    ],
    ['an output that is no audio', playable, /^GRAPH_OUTPUT: /],
    [
      'a bundle that is not there',
      patch({ nodes: [{ id: 'm', type: 'sashimi', settings: { bundle: 'nowhere' } }], output: 'm.audio' }),
      /^(ENGINE_BUNDLE_NOT_FOUND|GRAPH_PREPARE|MODEL_FILE): /,
    ],
  ];
  for (const [what, text, code] of patches) {
    it(`a patch with ${what} is told where it is wrong, and renders nothing`, async () => {
      writeFileSync(folder.path('bad.json'), text);
      await refuses(
        ['render', folder.path('bad.json'), '--seconds', '1', '--out', folder.path('x.wav')],
        code,
      );
    });
  }

  it('a preset that is not there', async () => {
    await refuses(
      ['render', 'shoar', '--seconds', '1', '--out', folder.path('x.wav')],
      /^ENGINE_PRESET_NOT_FOUND: .*shoar/,
    );
  });

  it('an output path in a folder that is not there', async () => {
    await refuses(
      ['render', 'shore', '--seconds', '0.1', '--out', folder.path('no/such/x.wav')],
      /^(SINK_|ENGINE_OUTPUT)\w*: /,
    );
  });

  it('an output path that is a folder', async () => {
    mkdirSync(folder.path('x.wav'));
    await refuses(
      ['render', 'shore', '--seconds', '0.1', '--out', folder.path('x.wav')],
      /^(SINK_|ENGINE_OUTPUT)\w*: /,
    );
  });

  it('keeps an older file when the new one fails', async () => {
    writeFileSync(folder.path('bad.json'), '{');
    writeFileSync(folder.path('x.wav'), 'older');
    await refuses(
      ['render', folder.path('bad.json'), '--seconds', '1', '--out', folder.path('x.wav')],
      /^PATCH_JSON/,
    );
    assert.equal(readFileSync(folder.path('x.wav'), 'utf8'), 'older');
  });

  it('a pickle that calls os.system: nothing is run, the file is not trusted', async () => {
    writeFileSync(folder.path('evil.pt'), evilCheckpoint(folder.path('touched')));
    const told = await refuses(
      ['model', 'import', folder.path('evil.pt'), '--out', folder.path('model')],
      /^MODEL_PICKLE_CALL: /,
    );
    assert.match(told, /os\.system|posix\.system/);
    assert.ok(!existsSync(folder.path('touched')));
  });

  it('a checkpoint that was cut short, .pt and safetensors', async () => {
    const whole = evilCheckpoint('x');
    writeFileSync(folder.path('cut.pt'), whole.subarray(0, whole.length - 30));
    await refuses(
      ['model', 'import', folder.path('cut.pt'), '--out', folder.path('model')],
      /^MODEL_(ZIP|TORCH|FILE)\w*: /,
    );
    const weights = readFileSync(join(packageRoot(), 'models/zoo/shore/weights.safetensors'));
    writeFileSync(folder.path('cut.safetensors'), weights.subarray(0, weights.length / 2));
    await refuses(
      ['model', 'import', folder.path('cut.safetensors'), '--out', folder.path('model')],
      /^MODEL_SAFETENSORS: /,
    );
  });

  it('an import into a folder that exists', async () => {
    writeFileSync(folder.path('a.pt'), evilCheckpoint('x'));
    mkdirSync(folder.path('model'));
    await refuses(
      ['model', 'import', folder.path('a.pt'), '--out', folder.path('model')],
      /^MODEL_OUT_EXISTS: /,
    );
  });

  it('a bundle whose weights were changed', async () => {
    const from = join(packageRoot(), 'models/zoo/shore');
    mkdirSync(folder.path('changed'));
    for (const file of ['model.json', 'weights.safetensors']) {
      const bytes = readFileSync(join(from, file));
      if (file !== 'model.json') bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
      writeFileSync(folder.path(`changed/${file}`), bytes);
    }
    await refuses(['model', 'info', folder.path('changed')], /^MODEL_WEIGHTS_HASH: /);
  });

  it('audio that is none', async () => {
    writeFileSync(folder.path('noise.wav'), 'this is no audio');
    await refuses(['model', 'score', 'models/zoo/shore', folder.path('noise.wav')], /^CLI_AUDIO_FILE: /);
    await refuses(['model', 'score', 'models/zoo/shore', folder.path('none.wav')], /^CLI_AUDIO_FILE: /);
    await refuses(['model', 'score', 'models/zoo/shore', folder.path('none.flac')], /^CLI_AUDIO_FILE: /);
  });
});
