import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Binding,
  BindingBook,
  findMapping,
  MAX_BINDINGS,
  mappingBeside,
  mappingText,
  ownMapping,
  parseControl,
  parseMapping,
  parseOptions,
  readMapping,
  writeMapping,
} from '../../../src/binding/index.js';
import { useTempFolder } from '../../support/temp-folder.js';

const binding = (control: string, to: string, min?: number, max?: number, words = ''): Binding => ({
  control: parseControl(control),
  to,
  ...parseOptions(min, max, words),
});
const some = [
  binding('cc:21@1 desk', '/node/model/temperature', 1.2, 0.5, 'pickup s silent'),
  binding('note:36', '/preset/load drift', undefined, undefined, 'trigger'),
];

describe('a mapping file', () => {
  const folder = useTempFolder();

  it('is written whole and read back', () => {
    const path = ownMapping('desk', folder.path());
    writeMapping(path, some);
    assert.deepEqual(readMapping(path), some);
    writeMapping(path, [some[1]!]);
    assert.deepEqual(readMapping(path), [some[1]]);
    assert.deepEqual(readdirSync(join(folder.path(), 'presets')), ['desk.bindings.json']);
    assert.equal(findMapping('desk', folder.path()), path);
    assert.equal(mappingBeside(join(folder.path(), 'presets', 'desk.json')), path);
    assert.equal(mappingBeside(join(folder.path(), 'presets', 'other.json')), undefined);
  });

  it('has a plain name inside its folder', () => {
    for (const name of ['../up', '/etc/passwd', '', 'a/b', 'a.b', 'a\0b', 'x'.repeat(65)]) {
      assert.throws(() => ownMapping(name, folder.path()), { code: 'BIND_NAME' }, name);
    }
    assert.throws(() => findMapping('none', folder.path()), { code: 'BIND_FILE' });
    writeFileSync(folder.path('file'), '');
    assert.throws(() => writeMapping(folder.path('file/x'), []), { code: 'BIND_FILE' });
  });

  it('is refused with the place of what is wrong', () => {
    const file = (bindings: unknown) =>
      JSON.stringify({ format: 'sashimi-live/bindings', formatVersion: 1, bindings });
    const wrong: readonly (readonly [string, string, RegExp])[] = [
      ['{', 'BIND_FORMAT', /JSON/],
      ['[]', 'BIND_FORMAT', /object/],
      ['{"format":"x"}', 'BIND_FORMAT', /format/],
      ['{"format":"sashimi-live/bindings","formatVersion":2}', 'BIND_FORMAT', /formatVersion/],
      [file({}), 'BIND_FORMAT', /array/],
      [file([1]), 'BIND_FORMAT', /bindings\[0\]/],
      [file([{ control: 'cc:1' }]), 'BIND_FORMAT', /bindings\[0\]\.to/],
      [file([{ control: 'cc:1', to: '/x', more: 1 }]), 'BIND_FORMAT', /other fields/],
      [file([{ control: 'cc:1', to: '/x', min: 'a' }]), 'BIND_FORMAT', /min/],
      [file([{ control: 'cc:1', to: '/x', curve: 'round' }]), 'BIND_FORMAT', /curve/],
      [file([{ control: 'cc:1', to: '/x', feedback: 1 }]), 'BIND_FORMAT', /feedback/],
      [file([{ control: 'cc:1000', to: '/x' }]), 'BIND_CONTROL', /127/],
      [file([{ control: 'cc:1', to: 'x' }]), 'BIND_TARGET', /address/],
      [file(Array(MAX_BINDINGS + 1).fill({ control: 'cc:1', to: '/x' })), 'BIND_FULL', /128/],
    ];
    for (const [text, code, message] of wrong)
      assert.throws(() => parseMapping(text), { code, message }, text);
    const path = folder.path('torn.bindings.json');
    writeFileSync(path, mappingText(some).slice(0, -20));
    assert.throws(() => readMapping(path), { code: 'BIND_FORMAT', message: /torn\.bindings\.json/ });
    assert.throws(() => readMapping(folder.path('nowhere')), { code: 'BIND_FILE' });
  });
});

describe('the book of bindings', () => {
  it('numbers them, and keeps those of the preset apart', () => {
    const book = new BindingBook();
    assert.equal(book.add(some[0]!).id, 1);
    book.replaceOfPreset([some[1]!]);
    assert.deepEqual(
      book.all().map(({ id }) => id),
      [1, 2],
    );
    book.replaceOfPreset([]);
    assert.deepEqual(book.kept(), { own: [some[0]], ofPreset: [] });
    assert.equal(book.add({ ...some[0]!, mode: 'jump' }).id, 1, 'the same once more');
    assert.equal(book.add(some[1]!).id, 3, 'no number twice');
    book.remove(1);
    assert.throws(() => book.remove(1), { code: 'BIND_NO_SUCH' });
    assert.deepEqual(new BindingBook(book.kept()).all(), [{ id: 1, binding: some[1] }]);
  });

  it('has an end', () => {
    const book = new BindingBook();
    for (let n = 0; n < MAX_BINDINGS; n++) book.add(binding(`nrpn:${n}`, '/x'));
    assert.throws(() => book.add(binding('cc:1', '/x')), { code: 'BIND_FULL' });
    assert.throws(() => book.replaceOfPreset(some), { code: 'BIND_FULL' });
  });
});
