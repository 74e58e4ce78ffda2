import assert from 'node:assert/strict';
import { appendFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { FileWatch } from '../../../src/scenes/index.js';
import { useTempFolder } from '../../support/temp-folder.js';

describe('FileWatch', () => {
  const folder = useTempFolder();
  let watch: FileWatch;
  afterEach(() => watch.close());

  function watching(): { next(): Promise<string>; count(): number } {
    let count = 0;
    let wake: (file: string) => void = () => undefined;
    watch = new FileWatch((file) => {
      count++;
      wake(file);
    }, 5);
    return {
      next: () =>
        new Promise((resolve) => {
          wake = resolve;
        }),
      count: () => count,
    };
  }
  const looks = () => new Promise((resolve) => setTimeout(resolve, 60));

  it('tells an edit in place, by rename, and after the file was gone', async () => {
    const file = folder.path('a.json');
    writeFileSync(file, 'one');
    const edits = watching();
    await watch.watch(file);
    let next = edits.next();
    appendFileSync(file, ' two');
    assert.equal(await next, file);
    next = edits.next();
    writeFileSync(folder.path('b.json'), 'three');
    renameSync(folder.path('b.json'), file);
    assert.equal(await next, file);
    next = edits.next();
    rmSync(file);
    await looks();
    writeFileSync(file, 'four and more');
    assert.equal(await next, file);
  });

  it('is silent while nothing happens, and about a file that is not watched any more', async () => {
    const [a, b] = [folder.path('a.json'), folder.path('b.json')];
    writeFileSync(a, 'one');
    writeFileSync(b, 'one');
    const edits = watching();
    await watch.watch(a);
    await watch.watch(b);
    await looks();
    appendFileSync(a, ' two');
    await looks();
    assert.equal(edits.count(), 0);
    await watch.watch(undefined);
    appendFileSync(b, ' two');
    await looks();
    assert.equal(edits.count(), 0);
  });
});
