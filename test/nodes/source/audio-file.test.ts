import assert from 'node:assert/strict';
import { AUDIO_FILES } from '../../../nodes/index.js';
import { audioFile } from '../../../nodes/source/audio-file.js';
import { createBench, type NodeBench, servicesOf } from '../../support/graph-harness.js';
import { FakeAudioFile, FakeAudioFiles } from './fake-audio-files.js';

/** Frames of a fade, 4 ms. */
const FADE = 192;

async function benchOf(
  file: FakeAudioFile,
  settings: Readonly<Record<string, string | number | boolean>> = {},
): Promise<{ bench: NodeBench; files: FakeAudioFiles }> {
  const files = new FakeAudioFiles(file);
  const services = servicesOf([AUDIO_FILES, files]);
  return {
    files,
    bench: await createBench(audioFile, { services, settings: { file: 'a.wav', ...settings } }),
  };
}

const left = (bench: NodeBench, frames: number): Float32Array => bench.render(frames).audio.audio![0]!;

describe('audio-file', () => {
  it('plays from the start, fading in, on both channels', async () => {
    const { bench, files } = await benchOf(new FakeAudioFile());
    assert.deepEqual(files.requests, [
      { file: 'a.wav', nodeId: 'node', mode: 'offline', sampleRate: 48_000, channels: 2, loop: undefined },
    ]);
    const [first, second] = bench.render(1000).audio.audio!;
    assert.deepEqual(first, second);
    assert.equal(first![0], 0);
    assert.ok(first!.subarray(FADE).every((x) => x === 0.5));
    await bench.dispose();
  });

  it('asks for its loop', async () => {
    const loop = { loop: true, loopStartSeconds: 1, loopEndSeconds: 2 };
    const { bench, files } = await benchOf(new FakeAudioFile(), loop);
    assert.deepEqual(files.requests[0]!.loop, { startSeconds: 1, endSeconds: 2 });
    await bench.dispose();
    const whole = await benchOf(new FakeAudioFile(), { loop: true });
    assert.deepEqual(whole.files.requests[0]!.loop, { startSeconds: 0, endSeconds: undefined });
    await whole.bench.dispose();
  });

  it('waits to be played, stops where it is and goes on there, never with a click', async () => {
    const file = new FakeAudioFile();
    const { bench } = await benchOf(file, { autoplay: false });
    assert.ok(left(bench, 500).every((x) => x === 0));
    await bench.act('play');
    const sound = [...left(bench, 1000)];
    await bench.act('stop');
    sound.push(...left(bench, 1000));
    assert.equal(file.frame, 1000);
    assert.equal(sound.at(-1), 0);
    await bench.act('play');
    sound.push(...left(bench, 1000));
    assert.equal(sound.at(-1), 0.5);
    assert.deepEqual(file.seeks, []);
    for (let i = 1; i < sound.length; i++) {
      assert.ok(Math.abs(sound[i]! - sound[i - 1]!) < 0.01, `a step at frame ${i}`);
    }
    await bench.dispose();
  });

  it('goes to a place', async () => {
    const file = new FakeAudioFile(48_000 * 10, 48_000, (frame) => frame / 480_000);
    const { bench } = await benchOf(file);
    left(bench, 480);
    await bench.act('seek', 5);
    const sound = left(bench, 480);
    assert.ok(Math.abs(sound[479]! - (240_000 + 479) / 480_000) < 1e-6);
    await bench.act('play', 1);
    assert.deepEqual(file.seeks, [5, 1]);
    await assert.rejects(bench.act('seek', -1), { code: 'NODE_ARGUMENT' });
    await assert.rejects(bench.act('play', 1e6), { code: 'NODE_ARGUMENT' });
    await bench.dispose();
  });

  it('ends with the file, and plays it again from its beginning', async () => {
    const file = new FakeAudioFile(1000);
    const { bench } = await benchOf(file);
    const sound = left(bench, 2000);
    assert.equal(sound[1999], 0);
    assert.deepEqual(bench.notices, []);
    await bench.act('play');
    assert.deepEqual(file.seeks, [0]);
    assert.ok(left(bench, 500)[499]! > 0.4);
    await bench.dispose();
  });

  it('tells of gaps, of files without sound, and of what is wrong with a file', async () => {
    const late = new FakeAudioFile();
    const { bench } = await benchOf(late);
    left(bench, 500);
    late.supply = 100;
    const sound = left(bench, 1000);
    late.news.push({ code: 'AUDIO_FILE_FAULT', message: 'a.wav: it was cut short.' });
    left(bench, 128);
    assert.deepEqual(
      [...new Set(bench.notices.map(({ code }) => code))],
      ['NODE_FILE_LATE', 'AUDIO_FILE_FAULT'],
    );
    for (let i = 1; i < sound.length; i++) assert.ok(Math.abs(sound[i]! - sound[i - 1]!) < 0.01);
    await bench.dispose();
    const empty = await benchOf(new FakeAudioFile(0));
    left(empty.bench, 128);
    assert.deepEqual(
      empty.bench.notices.map(({ code }) => code),
      ['NODE_FILE_EMPTY'],
    );
    await empty.bench.dispose();
  });

  it('closes its file', async () => {
    const file = new FakeAudioFile();
    const { bench } = await benchOf(file);
    await bench.dispose();
    assert.equal(file.isClosed, true);
  });
});
