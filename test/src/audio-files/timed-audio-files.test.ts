import assert from 'node:assert/strict';
import type { AudioFileStream } from '../../../nodes/index.js';
import { type ShortFileRead, TimedAudioFiles } from '../../../src/audio-files/index.js';
import { FakeAudioFile } from '../../nodes/source/fake-audio-files.js';

const BLOCK = 64;
const request = { file: 'a.wav', mode: 'live', sampleRate: 48_000, channels: 1, loop: undefined } as const;

/** Reads block after block; what a node could see of it. */
async function play(
  stream: AudioFileStream,
  blocks: number,
  before: (block: number) => void = () => undefined,
): Promise<(readonly [sound: readonly number[], isAtEnd: boolean])[]> {
  const seen: (readonly [readonly number[], boolean])[] = [];
  for (let block = 0; block < blocks; block++) {
    before(block);
    const out = new Float32Array(BLOCK);
    const count = stream.read([out], BLOCK);
    seen.push([[...out.subarray(0, count)], stream.isAtEnd]);
  }
  return seen;
}

describe('files whose sound is there at certain times', () => {
  let frame = 0;
  const sound = (k: number): number => k / 1024;
  const open = (file: FakeAudioFile, times: object, nodeId: string | null = 'file') =>
    new TimedAudioFiles({ open: async () => file }, times).open({
      ...request,
      ...(nodeId !== null && { nodeId }),
    });

  it('a take is told of every short read, and a replay that finds all at once plays the same', async () => {
    const short: (readonly [number, ShortFileRead])[] = [];
    const late = new FakeAudioFile(700, 48_000, sound);
    const live = await open(late, { tellShort: (read: ShortFileRead) => short.push([frame, read]) });
    const supplies = [64, 0, 10, 64, 64, 0, 64, 64, 500];
    frame = 1280;
    const heard = await play(live, 20, (block) => {
      if (block > 0) frame += BLOCK;
      late.supply = supplies[block] ?? 64;
      if (block === 5) live.seek(0);
    });
    assert.ok(short.length > 4);
    assert.ok(short.every(([, read]) => read.file === 1));
    const shortThen = (file: number): ShortFileRead | undefined =>
      short.find(([at, read]) => at === frame && read.file === file)?.[1];
    const replayed = await open(new FakeAudioFile(700, 48_000, sound), { shortThen });
    frame = 1280;
    const again = await play(replayed, 20, (block) => {
      if (block > 0) frame += BLOCK;
      if (block === 5) replayed.seek(0);
    });
    assert.deepEqual(again, heard);
  });

  it('what no node reads is passed on as it is', async () => {
    const file = new FakeAudioFile(10);
    const tellShort = (): void => assert.fail('nobody asked');
    assert.equal(await open(file, { tellShort }, null), file);
  });
});
