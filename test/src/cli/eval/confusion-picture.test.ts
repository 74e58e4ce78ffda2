import assert from 'node:assert/strict';
import { confusionPicture } from '../../../../src/cli/eval/confusion-picture.js';

describe('the picture of what was heard', () => {
  it('is as wide as its panels, and changes with what was heard', () => {
    const labels = ['yes', 'no'];
    const right = {
      title: 'a',
      confusion: [
        [3, 0],
        [0, 3],
      ],
    };
    const wrong = {
      title: 'a',
      confusion: [
        [0, 3],
        [0, 0],
      ],
    };
    const size = (png: Uint8Array): number[] => {
      const bytes = Buffer.from(png);
      return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
    };
    const one = confusionPicture(labels, [right]);
    const [width, height] = size(one) as [number, number];
    assert.deepEqual(size(confusionPicture(labels, [right, wrong])), [2 * width, height]);
    assert.notDeepEqual(confusionPicture(labels, [wrong]), one);
  });
});
