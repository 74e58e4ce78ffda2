/** What streams with a thread of their own make of conditioning. */
import assert from 'node:assert/strict';
import type { StepperChoice } from '../../../models/stream/choose-stepper.js';
import { openStream } from '../../../models/stream/open.js';
import type { ModelStream } from '../../../models/stream.js';
import { blockConditioning } from '../../support/conditioning-frames.js';
import { useTempFolder } from '../../support/temp-folder.js';
import { TINY_CONDITIONING } from '../../support/tiny-bundle.js';
import { openThreaded, readAll, type TinyOptions, threadedChoices, tinyOptions } from './streams.js';

const INPUTS = { conditioning: TINY_CONDITIONING, sampleRate: 16000 };
const NUM_FRAMES = 1500;
/** Beyond what the ring holds at the start. */
const SAID_FROM = 208;

describe('threaded streams with conditioning', function () {
  this.timeout(60_000);
  const temp = useTempFolder();

  for (const choice of threadedChoices) {
    it(`${choice}: gives the samples of an inline stream when all is said early enough`, async () => {
      const options = await tinyOptions(temp.path('tiny'), { conditioning: TINY_CONDITIONING });
      const expected = await inline(options, choice, (stream) => sayAll(stream));
      assert.notDeepEqual(expected, await inline(options, choice, () => undefined));
      const stream = await openThreaded(options, choice);
      assert.deepEqual(stream.conditioning, TINY_CONDITIONING);
      sayAll(stream);
      assert.deepEqual(await readAll(stream, NUM_FRAMES), expected);
      assert.equal(stream.state.conditioningLost, 0);
      // Dropped again.
      stream.reset(options.seed);
      assert.deepEqual(await readAll(stream, NUM_FRAMES), await inline(options, choice, () => undefined));
      await stream.close();
    });

    it(`${choice}: what is said late holds within the look-ahead, what is too far ahead is counted`, async () => {
      const options = await tinyOptions(temp.path('tiny'), { conditioning: TINY_CONDITIONING });
      const dropped = await inline(options, choice, () => undefined);
      const stream = await openThreaded(options, choice);
      await readAll(stream, 300);
      stream.setConditioning(1, 0, Float32Array.of(4, -4, 4), 1);
      const after = await readAll(stream, NUM_FRAMES - 300);
      const first = after.findIndex((sample, t) => sample !== dropped[300 + t]);
      assert.ok(first >= 0 && first <= 128 + 64, `${first}`);
      stream.setConditioning(0, 1e6, new Float32Array(10), 2);
      await readAll(stream, 200);
      assert.equal(stream.state.conditioningLost, 2);
      await stream.close();
    });
  }
});

/** All frames from `SAID_FROM` on, said at once. */
function sayAll(stream: ModelStream): void {
  const rows = blockConditioning(INPUTS, SAID_FROM, NUM_FRAMES - SAID_FROM);
  for (const [input, { dim, rateHz }] of TINY_CONDITIONING.entries())
    stream.setConditioning(input, (SAID_FROM * rateHz) / 16000, rows[input]!, rows[input]!.length / dim);
}

async function inline(
  options: TinyOptions,
  stepper: StepperChoice,
  say: (stream: ModelStream) => void,
): Promise<Float32Array> {
  const { stream } = await openStream({ ...options, stepper, mode: 'inline' });
  say(stream);
  const out = new Float32Array(NUM_FRAMES);
  stream.read(out, NUM_FRAMES);
  await stream.close();
  return out;
}
