import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type KeptTrials, TrialCache } from '../../../src/self-test/kept-trials.js';
import { useTempFolder } from '../../support/temp-folder.js';

const folder = useTempFolder();

function kept(bundle: string, voices = 1, why = 'no reason'): KeptTrials {
  const trials = [{ kind: 'cuda', outcome: 'absent', why }] as const;
  return { machine: 'm', build: 'b', bundle, voices, name: bundle, trials };
}

describe('kept self-tests', () => {
  it('are read again, the newest first, one per key', async () => {
    const cache = new TrialCache(folder.path('below/steppers.json'));
    assert.deepEqual(await cache.read(), []);
    await cache.keep([kept('one')]);
    await cache.keep([kept('two'), kept('two', 3)]);
    await cache.keep([kept('one', 1, 'another')]);
    assert.deepEqual(await cache.read(), [kept('one', 1, 'another'), kept('two'), kept('two', 3)]);
    assert.deepEqual(readdirSync(folder.path('below')), ['steppers.json']);
  });

  it('are no more than some hundreds', async () => {
    const cache = new TrialCache(folder.path('steppers.json'));
    await cache.keep(Array.from({ length: 190 }, (_, i) => kept(`old ${i}`)));
    await cache.keep(Array.from({ length: 50 }, (_, i) => kept(`new ${i}`)));
    const read = await cache.read();
    assert.equal(read.length, 200);
    assert.equal(read[0]!.bundle, 'new 0');
    assert.equal(read.at(-1)!.bundle, 'old 149');
  });

  it('are nothing where the file is no such file, and what is whole of one that is', async () => {
    const file = folder.path('steppers.json');
    const cache = new TrialCache(file);
    const wrong = [
      '',
      '{',
      'null',
      '[]',
      '{"version":1}',
      '{"version":2,"kept":[]}',
      '{"version":1,"kept":3}',
    ];
    for (const text of wrong) {
      writeFileSync(file, text);
      assert.deepEqual(await cache.read(), [], text);
    }
    const fields = Object.keys(kept('x'));
    const broken = fields.flatMap((field) =>
      [null, 0, {}, []].map((value) => ({ ...kept('x'), [field]: value })),
    );
    writeFileSync(file, JSON.stringify({ version: 1, kept: [...broken, kept('whole'), null, 'x'] }));
    assert.deepEqual(await cache.read(), [kept('whole')]);
    await cache.keep([kept('new')]);
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')).kept.length, 2);
  });

  it('are done without where they cannot be written', async () => {
    const file = folder.path('steppers.json');
    mkdirSync(file);
    const cache = new TrialCache(file);
    await cache.keep([kept('one')]);
    assert.deepEqual(await cache.read(), []);
    assert.deepEqual(readdirSync(folder.path()), ['steppers.json']);
  });
});
