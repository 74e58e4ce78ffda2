import assert from 'node:assert/strict';
import { type BundleManifest, checkManifest, parseManifest } from '../../../models/index.js';
import { assertModelError } from '../../support/model-errors.js';
import { tinyBundle } from '../../support/tiny-bundle.js';

/** A deep copy with one change. */
function changed(change: (manifest: Record<string, never>) => void): unknown {
  const manifest = JSON.parse(JSON.stringify(tinyBundle().manifest)) as Record<string, never>;
  change(manifest);
  return manifest;
}

describe('bundle manifest', () => {
  it('accepts a good one, unchanged', () => {
    const manifest: BundleManifest = tinyBundle().manifest;
    assert.deepEqual(parseManifest(JSON.stringify(manifest)), manifest);
  });

  // biome-ignore lint/suspicious/noExplicitAny: the changes break the type on purpose
  const faults: readonly [string, (manifest: any) => void, RegExp][] = [
    ['a missing name', (m) => delete m.name, /at \/: .*name/],
    ['a name with a path in it', (m) => void (m.name = '../evil'), /at \/name: /],
    ['a field that nobody knows', (m) => void (m.colour = 'blue'), /at \/colour: must not be there/],
    [
      'a pool of 1',
      (m) => void (m.architecture.pool = [4, 1]),
      /at \/architecture\/pool\/1: .* but received 1/,
    ],
    ['an enormous width', (m) => void (m.architecture.dModel = 1e9), /at \/architecture\/dModel: /],
    ['a fractional width', (m) => void (m.architecture.dModel = 8.5), /at \/architecture\/dModel: /],
    [
      'an unknown SSM',
      (m) => void (m.architecture.ssm.kind = 's5'),
      /at \/architecture\/ssm\/kind: .*"s4d".*"s5"/,
    ],
    ['a sample rate of 0', (m) => void (m.sampleRate = 0), /at \/sampleRate: /],
    [
      'a start token outside the alphabet',
      (m) => void (m.quantiser.startToken = 256),
      /at \/quantiser\/startToken: /,
    ],
    ['a weights file elsewhere', (m) => void (m.weights.file = '../../etc/passwd'), /at \/weights\/file: /],
    ['a top-p of 0', (m) => void (m.sampling.topP = 0), /at \/sampling\/topP: /],
    ['provenance with structure', (m) => void (m.provenance.data = {}), /at \/provenance\/data: /],
  ];
  for (const [what, change, message] of faults) {
    it(`refuses ${what}, with its path`, () =>
      assertModelError(() => checkManifest(changed(change)), 'MODEL_MANIFEST', message));
  }

  for (const text of ['', '{', 'null', '[]', '"model"']) {
    it(`refuses the text ${JSON.stringify(text)}`, () =>
      assertModelError(() => parseManifest(text), 'MODEL_MANIFEST'));
  }

  it('tells a newer format from a fault', () =>
    assertModelError(
      () => checkManifest(changed((m) => void ((m as { formatVersion: number }).formatVersion = 2))),
      'MODEL_VERSION',
      /received 2/,
    ));
});
