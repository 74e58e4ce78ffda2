/** docs/binding.md against the code. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../models/index.js';
import { CURVES, MANNERS, MODES } from '../../../src/binding/binding.js';
import { MAX_BINDINGS, parseControl, parseMapping, parseOptions } from '../../../src/binding/index.js';
import { parseMessageText } from '../../../src/binding/message-text.js';
import { CONTROL_KINDS } from '../../../src/binding/midi-control.js';
import { buildAddressTable, interpret } from '../../../src/control/index.js';

const DOCUMENT = readFileSync(join(packageRoot(), 'docs/binding.md'), 'utf8');

describe('docs/binding.md', () => {
  it('has every kind of control and every word', () => {
    const rows = [...DOCUMENT.matchAll(/^\| `([a-z0-9-]+)` \| (.+?) \|/gm)].map(([, kind, numbers]) => [
      kind,
      numbers,
    ]);
    assert.deepEqual(
      rows,
      Object.entries(CONTROL_KINDS).map(([kind, highest]) => {
        const numbers = highest === undefined ? 'none' : `0 to ${highest}`;
        return [kind, kind === 'program' ? `${numbers}, or none` : numbers];
      }),
    );
    for (const words of [CURVES, MODES, MANNERS, ['feedback', 'silent']]) {
      assert.ok(DOCUMENT.includes(`| ${words.map((word) => `\`${word}\``).join(' ')} |`), words.join());
    }
    assert.ok(DOCUMENT.includes(`Up to ${MAX_BINDINGS} bindings`));
  });

  it('has a mapping file that is read', () => {
    const [, file] = /```json\n([\s\S]+?)```/.exec(DOCUMENT)!;
    assert.equal(parseMapping(file!).length, 3);
  });

  it('sends messages that are understood', () => {
    const table = new Map(buildAddressTable([]).map((entry) => [entry.address, entry]));
    const lines = [...DOCUMENT.matchAll(/^oscsend 127\.0\.0\.1 9010 (.+)$/gm)];
    assert.ok(lines.length >= 10);
    for (const [, line] of lines) {
      const [address = '', types = '', ...words] = [...line!.matchAll(/"([^"]*)"|(\S+)/g)].map(
        ([, a, b]) => a ?? b!,
      );
      const args = words.map((word, k) =>
        types[k] === 's'
          ? ({ kind: 'string', value: word } as const)
          : ({ kind: 'number', value: Number(word) } as const),
      );
      const meaning = interpret(table.get(address)!, args);
      assert.equal(meaning.kind, 'request', line);
      if (address === '/bind/add') {
        parseControl(words[0]!);
        parseMessageText(words[1]!);
      }
      if (address === '/bind/set') parseOptions(undefined, undefined, words[1]!);
    }
  });
});
