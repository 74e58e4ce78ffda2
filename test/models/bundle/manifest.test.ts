import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import {
  type BundleManifest,
  checkManifest,
  MANIFEST_SCHEMA_PATH,
  packageRoot,
  parseManifest,
} from '../../../models/index.js';
import { assertModelError } from '../../support/model-errors.js';
import { tinyBundle } from '../../support/tiny-bundle.js';

/** A deep copy of a good manifest with one value set (undefined: left out), at a path of keys. */
function changed(path: string, value: unknown): unknown {
  const manifest: unknown = JSON.parse(JSON.stringify(tinyBundle().manifest));
  const keys = path.split('.');
  let target = manifest as Record<string, unknown>;
  for (const key of keys.slice(0, -1)) target = target[key] as Record<string, unknown>;
  Object.assign(target, { [keys.at(-1)!]: value });
  return JSON.parse(JSON.stringify(manifest));
}

describe('bundle manifest', () => {
  it('has a schema that is valid by its own meta-schema', () => {
    const schema = JSON.parse(readFileSync(join(packageRoot(), MANIFEST_SCHEMA_PATH), 'utf8')) as object;
    const ajv = new Ajv({ allowUnionTypes: true });
    assert.ok(ajv.validateSchema(schema), ajv.errorsText());
  });

  it('accepts a good one, unchanged', () => {
    const manifest: BundleManifest = tinyBundle().manifest;
    assert.deepEqual(parseManifest(JSON.stringify(manifest)), manifest);
  });

  const faults: readonly [string, string, unknown, RegExp][] = [
    ['a missing name', 'name', undefined, /at \/: .*name/],
    ['a name with a path in it', 'name', '../evil', /at \/name: /],
    ['a field that nobody knows', 'colour', 'blue', /at \/colour: must not be there/],
    ['a pool of 1', 'architecture.pool', [4, 1], /at \/architecture\/pool\/1: .* but received 1/],
    ['an enormous width', 'architecture.dModel', 1e9, /at \/architecture\/dModel: /],
    ['a fractional width', 'architecture.dModel', 8.5, /at \/architecture\/dModel: /],
    ['an unknown SSM', 'architecture.ssm.kind', 's5', /at \/architecture\/ssm\/kind: .*"s4d".*"s5"/],
    ['a sample rate of 0', 'sampleRate', 0, /at \/sampleRate: /],
    ['a start token outside the alphabet', 'quantiser.startToken', 256, /at \/quantiser\/startToken: /],
    ['a weights file elsewhere', 'weights.file', '../../etc/passwd', /at \/weights\/file: /],
    ['a top-p of 0', 'sampling.topP', 0, /at \/sampling\/topP: /],
    ['provenance with structure', 'provenance.data', {}, /at \/provenance\/data: /],
  ];
  for (const [what, path, value, message] of faults) {
    it(`refuses ${what}, with its path`, () =>
      assertModelError(() => checkManifest(changed(path, value)), 'MODEL_MANIFEST', message));
  }

  for (const text of ['', '{', 'null', '[]', '"model"']) {
    it(`refuses the text ${JSON.stringify(text)}`, () =>
      assertModelError(() => parseManifest(text), 'MODEL_MANIFEST'));
  }

  it('tells a newer format from a fault', () =>
    assertModelError(() => checkManifest(changed('formatVersion', 2)), 'MODEL_VERSION', /received 2/));
});
