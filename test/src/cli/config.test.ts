import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { parseConfig, readConfig } from '../../../src/cli/config.js';
import { CliError } from '../../../src/cli/errors.js';
import { useTempFolder } from '../../support/temp-folder.js';

describe('the config file', () => {
  const folder = useTempFolder();

  it('may be absent', () => {
    assert.deepEqual(readConfig(folder.path('none.json')), { values: {}, plugins: [] });
  });

  it('holds defaults of play and plugins', () => {
    writeFileSync(folder.path('config.json'), '{"preset": "drift", "oscPort": 9020, "plugins": ["a"]}');
    const config = readConfig(folder.path('config.json'));
    assert.deepEqual(config, { values: { preset: 'drift', oscPort: '9020' }, plugins: ['a'] });
  });

  const bad: readonly (readonly [string, string, RegExp])[] = [
    ['no JSON', '{', /not valid JSON/],
    ['no object', '[]', /one JSON object/],
    ['an unknown field', '{"prest": "x"}', /no field "prest"/],
    ['a value of the wrong type', '{"oscPort": true}', /"oscPort" should be/],
    ['plugins that are no array of names', '{"plugins": [1]}', /"plugins" should be/],
  ];
  for (const [what, text, words] of bad) {
    it(`is refused with ${what}`, () => {
      assert.throws(
        () => parseConfig(text, 'config.json'),
        (error) => error instanceof CliError && error.code === 'CLI_CONFIG' && words.test(error.message),
      );
    });
  }
});
