import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePatch, serviceToken } from '../../../graph/index.js';
import { packageRoot } from '../../../models/index.js';
import { createContainer, createEngineParts, loadPlugins, SERVICES } from '../../../src/container/index.js';
import { Engine } from '../../../src/engine/engine.js';
import { useTempFolder } from '../../support/temp-folder.js';

const examplePlugin = join(packageRoot(), 'test', 'fixtures', 'example-plugin');
const settings = { stepper: 'auto', lookAheadMs: 8 } as const;

const dronePatch = parsePatch({
  format: 'sashimi-live/patch',
  formatVersion: 1,
  title: 'Drone',
  nodes: [{ id: 'drone', type: 'example-drone', params: { pitch: 69 } }],
  output: 'drone.audio',
});

const engineOptions = {
  patch: dronePatch,
  presetName: 'drone',
  mode: 'offline',
  sampleRate: 48_000,
  blockFrames: 480,
  channels: 1,
  seed: 1,
} as const;

describe('plugins', () => {
  const folder = useTempFolder();

  /** A package whose entry has the given text. */
  function packageOf(text: string, name = 'p'): string {
    const path = folder.path(name);
    mkdirSync(path);
    writeFileSync(join(path, 'package.json'), JSON.stringify({ name, type: 'module', main: 'index.js' }));
    writeFileSync(join(path, 'index.js'), text);
    return path;
  }

  it('bring a node that plays with a service of their own', async () => {
    const parts = await createEngineParts({ ...settings, plugins: [examplePlugin] });
    const engine = await Engine.create({ ...engineOptions, parts });
    const out: number[] = [];
    while (engine.frame < 48_000) {
      engine.process(480, (block, numFrames) => out.push(...block.channels[0]!.subarray(0, numFrames)));
    }
    await engine.close();
    const rises = out.filter((x, i) => i > 0 && out[i - 1]! < 0 && x >= 0).length;
    // Key 69 of the example's own tuning is 432 Hz, not 440.
    assert.ok(Math.abs(rises - 432) <= 1, `${rises} Hz`);
    assert.ok(Math.abs(Math.max(...out) - 0.25) < 0.001);
  });

  it('are unknown to a patch unless they were enabled', async () => {
    const parts = await createEngineParts(settings);
    await assert.rejects(Engine.create({ ...engineOptions, parts }), { code: 'GRAPH_UNKNOWN_TYPE' });
  });

  it('are found under node_modules of the working folder by their name', async () => {
    mkdirSync(folder.path('node_modules'));
    packageOf('export const nodes = [];', 'node_modules/by-name');
    const cwd = process.cwd();
    process.chdir(folder.path());
    try {
      assert.deepEqual(
        (await loadPlugins(['by-name'])).map(({ name, nodes }) => [name, nodes.length]),
        [['by-name', 0]],
      );
    } finally {
      process.chdir(cwd);
    }
  });

  const faults = [
    ['PLUGIN_LOAD', 'throw new Error("broken on purpose");', /broken on purpose/],
    ['PLUGIN_EXPORTS', 'export const node = {};', /it exports node/],
    ['PLUGIN_EXPORTS', 'export const nodes = []; export const module = 3;', /no inversify ContainerModule/],
    ['PLUGIN_NODE', 'export const nodes = [{ type: "Bad Type" }];', /kebab-case/],
    ['PLUGIN_NODE', 'export const nodes = [null];', /malformed/],
    [
      'PLUGIN_NODE',
      'export const nodes = [{ type: "x-y", role: "source", params: {}, inputs: {}, outputs: {} }];',
      /no create function/,
    ],
  ] as const;
  for (const [code, text, message] of faults) {
    it(`are refused with ${code} for \`${text}\``, async () => {
      await assert.rejects(loadPlugins([packageOf(text)]), { code, message });
    });
  }

  it('are refused when there is no such package', async () => {
    await assert.rejects(loadPlugins(['sashimi-no-such-plugin']), { code: 'PLUGIN_NOT_FOUND' });
    await assert.rejects(loadPlugins([folder.path('nothing')]), { code: 'PLUGIN_NOT_FOUND' });
  });

  it('are refused when they bring a node type that is there already', async () => {
    const twice = [examplePlugin, examplePlugin];
    await assert.rejects(createEngineParts({ ...settings, plugins: twice }), { code: 'PLUGIN_NODE_TAKEN' });
  });
});

describe('container', () => {
  it('refuses a service that nothing binds', () => {
    const services = createContainer(settings).get(SERVICES);
    assert.throws(() => services.get(serviceToken('nobody/knows')), { code: 'PLUGIN_SERVICE' });
  });

  it('does not let a plugin replace a service of ours', async () => {
    const taking = (await import('../../../nodes/index.js')).MODEL_STREAMS;
    const { ContainerModule } = await import('inversify');
    const module = new ContainerModule(({ bind }) => {
      bind(taking.name).toConstantValue('mine');
    });
    assert.throws(() => createContainer(settings, [{ name: 'greedy', nodes: [], module }]), {
      code: 'PLUGIN_LOAD',
    });
  });
});
