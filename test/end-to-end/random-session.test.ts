/**
 * A random session, recorded and replayed: the same bytes. Ten seconds here; SASHIMI_SESSION_SECONDS=600 makes it ten
 * minutes.
 * SASHIMI_SESSION_TAKE=DIR leaves the take there.
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { createOscClient, encodePacket } from '../../src/osc/index.js';
import { readTake } from '../../src/takes/index.js';
import { LIVE_TEST_MS } from '../support/patience.js';
import { RandomSession } from '../support/random-session.js';
import { runCli } from '../support/run-cli.js';
import { startCli } from '../support/start-cli.js';
import { useTempFolder } from '../support/temp-folder.js';

const seconds = Number(process.env.SASHIMI_SESSION_SECONDS ?? 10);
const presets = ['drift', 'steps', 'weather', 'keys', 'blend', 'sing', 'shore'];

describe('a random session', function () {
  this.timeout(seconds * 5000 + LIVE_TEST_MS);
  const folder = useTempFolder();

  it('is the same when its take is replayed', async () => {
    const path = process.env.SASHIMI_SESSION_TAKE ?? folder.path('take');
    const quiet = ['--sink', 'null', '--osc-port', '0', '--look-ahead', '200', '--no-query'];
    const own = ['--preset-folder', folder.path('own')];
    const playing = startCli(['play', presets[0]!, ...quiet, ...own, '--take', path], folder.path());
    const [, port = ''] = await playing.sees(/OSC on udp 127\.0\.0\.1:(\d+)/);
    const client = await createOscClient({ port: Number(port) });
    const session = new RandomSession(seconds, presets);
    for (let ms = 0; ms < 1000 * seconds; ) {
      const { packet, afterMs } = session.next();
      await client.sendBytes(encodePacket(packet));
      await sleep(afterMs);
      ms += afterMs;
    }
    await client.close();
    assert.equal(await playing.interrupt(), 0);
    const take = readTake(path);
    assert.ok(take.entries.length > 10 * seconds, `${take.entries.length} entries`);
    const { stdout, stderr } = await runCli(['replay', path, '--verify', '--json']);
    assert.ok(stdout !== '', stderr);
    const report = JSON.parse(stdout) as {
      readonly comparedFrames: number;
      readonly difference: { readonly frame: number } | null;
      readonly otherNode: { readonly nodeId: string } | null;
      readonly deviations: readonly { readonly sinceFrame: number; readonly code: string }[];
    };
    // A machine that was too slow is told of, and the same up to there.
    const since = Math.min(report.comparedFrames, ...report.deviations.map(({ sinceFrame }) => sinceFrame));
    if (process.env.SASHIMI_SESSION_SECONDS !== undefined) {
      console.log(
        `${report.comparedFrames} frames, ${take.entries.length} entries, ${JSON.stringify(report.deviations.slice(0, 5))}, ${JSON.stringify(report.difference)}`,
      );
    }
    if (report.difference !== null) {
      assert.ok(report.difference.frame >= since, JSON.stringify({ ...report, deviations: since }));
    }
  });
});
