import assert from 'node:assert/strict';
import { runProgram } from '../../support/run-cli.js';
import { useTempFolder } from '../../support/temp-folder.js';

describe('the process of an engine', () => {
  const folder = useTempFolder();

  it('is outlived by whoever ends it, and has nothing else to do', async () => {
    const module = new URL('../../../src/process/engine-child.js', import.meta.url).href;
    const script = `
      import { spawnEngine } from ${JSON.stringify(module)};
      const child = spawnEngine(${JSON.stringify(folder.path('log'))});
      child.dismiss();
      child.kill();
      console.log(await child.exited);`;
    const { code, stdout, stderr } = await runProgram(process.execPath, [
      '--input-type=module',
      '--eval',
      script,
    ]);
    assert.deepEqual([code, stdout], [0, 'SIGKILL\n'], stderr);
  });
});
