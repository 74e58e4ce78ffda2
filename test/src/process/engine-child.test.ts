import assert from 'node:assert/strict';
import { runProgram } from '../../support/run-cli.js';
import { useTempFolder } from '../../support/temp-folder.js';

describe('the process of an engine', () => {
  const folder = useTempFolder();

  /** How it ended, in the words of a process that starts it, ends it, and has nothing else to do. */
  async function howItEnded(logPath: string): Promise<string> {
    const module = new URL('../../../src/process/engine-child.js', import.meta.url).href;
    const script = `
      import { spawnEngine } from ${JSON.stringify(module)};
      const child = spawnEngine(${JSON.stringify(logPath)});
      child.dismiss();
      child.kill();
      console.log(await child.exited);`;
    const { code, stdout, stderr } = await runProgram(process.execPath, [
      '--input-type=module',
      '--eval',
      script,
    ]);
    assert.equal(code, 0, stderr);
    return stdout.trim();
  }

  it('is outlived by whoever ends it', async () => {
    assert.equal(await howItEnded(folder.path('log')), 'SIGKILL');
  });

  it('starts without a log where there is no folder for it', async () => {
    assert.equal(await howItEnded(folder.path('gone/log')), 'SIGKILL');
  });
});
