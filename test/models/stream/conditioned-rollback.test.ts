/** Conditioning that a native stream was said too late for its write head. */
import assert from 'node:assert/strict';
import { hopFrames } from '../../../models/conditioning/block-rows.js';
import type { NativeStream } from '../../../models/stream/native-stream.js';
import { openStream } from '../../../models/stream/open.js';
import type { ModelStream } from '../../../models/stream.js';
import { seededRandom } from '../../support/random.js';
import { useSuiteTempFolder } from '../../support/temp-folder.js';
import { TINY_CONDITIONING } from '../../support/tiny-bundle.js';
import { assertLive, nativeMissing, settled, type TinyOptions, tinyOptions } from './streams.js';

const SAMPLE_RATE = 16000;
const BLOCK = 64;
const LOOK_AHEAD = 512;

interface Saying {
  readonly input: number;
  readonly firstFrame: number;
  readonly frames: Float32Array;
}

function say(stream: ModelStream, { input, firstFrame, frames }: Saying): void {
  stream.setConditioning(input, firstFrame, frames, frames.length / TINY_CONDITIONING[input]!.dim);
}

/** What an inline stream gives to which the same is said, at these positions. */
async function inline(
  options: TinyOptions,
  count: number,
  sayings: readonly (readonly [number, Saying])[],
): Promise<Float32Array> {
  const { stream } = await openStream({ ...options, stepper: 'native', mode: 'inline' });
  const out = new Float32Array(count);
  let done = 0;
  for (const [position, saying] of sayings) {
    stream.read(out.subarray(done), position - done);
    done = position;
    say(stream, saying);
  }
  stream.read(out.subarray(done), count - done);
  await stream.close();
  return out;
}

describe(`conditioning of native streams${nativeMissing}`, function () {
  this.timeout(60_000);
  const temp = useSuiteTempFolder();
  let options: TinyOptions;

  before(async function () {
    if (nativeMissing) return this.skip();
    options = await tinyOptions(temp.path('tiny'), { conditioning: TINY_CONDITIONING });
  });

  const open = async (minRollbackSpeed: number): Promise<NativeStream> => {
    const { stream } = await openStream({
      ...options,
      stepper: 'native',
      mode: 'threaded',
      rollbackLookAheadFrames: LOOK_AHEAD,
      minRollbackSpeed,
    });
    stream.reset(options.seed);
    await settled(stream);
    return stream as NativeStream;
  };

  /** From the frame of the playhead on, as a keyboard says it that looks so far ahead. */
  const sayingFrom = (position: number, input: number, uniform: () => number): Saying => {
    const hop = hopFrames(TINY_CONDITIONING[input]!, SAMPLE_RATE);
    const count = Math.ceil((LOOK_AHEAD + BLOCK) / hop) + 1;
    const { dim } = TINY_CONDITIONING[input]!;
    const frames = Float32Array.from({ length: count * dim }, () =>
      uniform() < 0.5 ? 0 : 4 * uniform() - 2,
    );
    // Its first frame never is that of before.
    frames[0] = position + 0.5;
    return { input, firstFrame: Math.floor(position / hop), frames };
  };

  it('what is said anew shows at the sample after the read, and all samples are those of an inline run', async () => {
    let heard = new Float32Array(0);
    await assertLive(
      { ...options, rollbackLookAheadFrames: LOOK_AHEAD, minRollbackSpeed: 0 },
      async (stream, read) => {
        const uniform = seededRandom(4);
        stream.reset(options.seed);
        const sayings: (readonly [number, Saying])[] = [];
        const out = new Float32Array(BLOCK * 60);
        for (let i = 0; i < 60; i++) {
          await settled(stream);
          // Several events in one tick say it several times over.
          const said = Array.from({ length: [3, 0, 1, 2][i % 4]! }, (_, j) =>
            sayingFrom(stream.position, (i + j) % 2, uniform),
          );
          for (const saying of said) say(stream, saying);
          assert.equal(read(out.subarray(BLOCK * i), BLOCK), BLOCK);
          for (const saying of said) sayings.push([stream.position, saying]);
        }
        // The last one is counted once it is made.
        await settled(stream);
        const { conditioningOverflows } = stream as NativeStream;
        heard = out;
        return { out, sayings, conditioningOverflows, ...stream.state };
      },
      ({ out, sayings }) => inline(options, out.length, sayings),
      (run) => {
        assert.equal(run.rollbacks, 45);
        assert.equal(run.xruns, 0);
        assert.equal(run.conditioningLost, 0);
        assert.equal(run.conditioningOverflows, 0);
      },
    );
    assert.notDeepEqual(heard, await inline(options, heard.length, []));
  });

  it('without rollback it holds from where the write head was', async () => {
    const stream = await open(Number.POSITIVE_INFINITY);
    const out = new Float32Array(1500);
    assert.equal(stream.read(out, 100), 100);
    await settled(stream);
    const head = 100 + stream.availableFrames;
    const saying = sayingFrom(stream.position, 1, seededRandom(5));
    say(stream, saying);
    for (let done = 100; done < out.length; done += 50) {
      assert.equal(stream.read(out.subarray(done), 50), 50);
      await settled(stream);
    }
    assert.deepEqual(out, await inline(options, out.length, [[head, saying]]));
    assert.equal(stream.state.rollbacks, 0);
    await stream.close();
  });

  it('takes no input that there is none of and no frames that are not there, and never throws', async () => {
    const stream = await open(0);
    const row = new Float32Array(3);
    stream.setConditioning(2, 0, row, 1);
    stream.setConditioning(-1, 0, row, 1);
    stream.setConditioning(1, Number.NaN, row, 1);
    stream.setConditioning(1, 0.5, row, 1);
    stream.setConditioning(1, 0, row, 0);
    stream.setConditioning(1, 0, row, Number.NaN);
    stream.setConditioning(0, 0, row, 1);
    const out = new Float32Array(600);
    for (let done = 0; done < 600; done += 50) {
      assert.equal(stream.read(out.subarray(done), 50), 50);
      await settled(stream);
    }
    assert.deepEqual(out, await inline(options, 600, []));
    await stream.close();
    stream.setConditioning(1, 0, row, 1);
  });
});
