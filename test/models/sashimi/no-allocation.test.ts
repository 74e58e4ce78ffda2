import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('./measure-allocation.js', import.meta.url));

describe('the reference stepper', () => {
  it('allocates nothing while it plays', function () {
    this.timeout(180_000);
    const found = JSON.parse(execFileSync(process.execPath, [program], { encoding: 'utf8' })) as Record<
      string,
      number
    >;
    assert.equal(Object.keys(found).length, 12);
    for (const [what, bytesPerFrame] of Object.entries(found)) {
      // Between functions that the JavaScript engine does not inline it boxes numbers, 16 bytes each; the smallest view or
      // array per frame would be over 100.
      assert.ok(bytesPerFrame < 96, `${what}: ${bytesPerFrame} bytes per frame`);
    }
  });
});
