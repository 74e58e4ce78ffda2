import assert from 'node:assert/strict';
import { costPicture } from '../../../../src/cli/bench/cost-picture.js';

describe('the picture of the cost', () => {
  const svg = costPicture({
    title: 'a <model> & its path',
    blockFrames: 64,
    sampleRate: 16_000,
    measuredMs: Float64Array.of(1, 2, 9),
    fastestMs: Float64Array.of(1, 1, 1.5),
    frameUs: Float64Array.of(10, 10, 10, 40),
  });

  it('holds a dot per block and series, and a bar per frame', () => {
    assert.equal(svg.match(/<circle /g)?.length, 6);
    assert.equal(svg.match(/<rect [^>]*height="[\d.]+" fill="#0b6e99"/g)?.length, 4 + 2, 'bars and legends');
    assert.match(svg, /a block lasts 4\.00 ms/);
  });

  it('is XML whatever a model is called, and has a place for every number', () => {
    assert.match(svg, /a &lt;model> &amp; its path/);
    assert.doesNotMatch(svg, /NaN|Infinity|undefined/);
    for (const [, y = ''] of svg.matchAll(/cy="([\d.-]+)"/g)) assert.ok(Number(y) >= 0 && Number(y) <= 300);
  });
});
