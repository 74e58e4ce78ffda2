/** The program of a self-test's process: one order, its news, the end. */
import { candidatesFor, loadBundle, selfTest } from '../../models/index.js';
import type { SelfTestNews, SelfTestOrder } from './test-process.js';

const tell = (news: SelfTestNews): void => void process.send?.(news);

// Whoever asked has gone.
process.once('disconnect', () => process.exit(0));

process.once('message', (order: SelfTestOrder) => {
  run(order).then(
    () => process.disconnect(),
    () => process.exit(1),
  );
});

async function run({ bundleDir, candidates, voices, cores }: SelfTestOrder): Promise<void> {
  const bundle = await loadBundle(bundleDir);
  await selfTest({
    bundle,
    candidates: candidatesFor(bundle, candidates),
    voices,
    cores,
    now: () => performance.now(),
    tried: (candidate, stage) => tell({ kind: 'tried', candidate, stage }),
    ended: (trial) => tell({ kind: 'ended', trial }),
  });
  tell({ kind: 'done' });
}
