import assert from 'node:assert/strict';
import { distancePicture } from '../../../../src/cli/eval/distance-picture.js';

describe('the picture of distances', () => {
  const size = (png: Uint8Array): number[] => {
    const bytes = Buffer.from(png);
    return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  };
  const panel = (distances: number[][]) => ({ title: 'a', caption: 'b', distances });
  const near = panel([
    [0, 5000],
    [300, 12],
  ]);
  const far = panel([
    [300, 5000],
    [12, 300],
  ]);

  it('is as wide as its panels, and changes with the distances', () => {
    const one = distancePicture(['wind', 'fire'], [near]);
    const [width, height] = size(one) as [number, number];
    assert.deepEqual(size(distancePicture(['wind', 'fire'], [near, far])), [2 * width, height]);
    assert.notDeepEqual(distancePicture(['wind', 'fire'], [far]), one);
  });

  it('has room for long titles', () => {
    const [narrow] = size(distancePicture(['a'], [panel([[1]])])) as [number];
    const [wide] = size(distancePicture(['a'], [{ ...panel([[1]]), title: 'a'.repeat(40) }])) as [number];
    assert.ok(wide > narrow);
  });
});
