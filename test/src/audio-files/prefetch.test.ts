import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { findNamedFile } from '../../../src/audio-files/find-file.js';
import { EngineAudioFiles } from '../../../src/audio-files/index.js';
import { useTempFolder } from '../../support/temp-folder.js';
import { floatWavOf } from '../../support/wav-bytes.js';

describe('audio files that are decoded ahead', () => {
  const folder = useTempFolder();
  const sampleRate = 16_000;
  const request = { mode: 'offline', sampleRate, channels: 1, loop: undefined } as const;

  const open = (frames: number, more: Partial<Parameters<EngineAudioFiles['open']>[0]> = {}) => {
    writeFileSync(
      folder.path('ramp.wav'),
      floatWavOf(frames, sampleRate, (frame) => (frame % 4096) / 4096),
    );
    return new EngineAudioFiles(folder.path()).open({ ...request, file: 'ramp.wav', ...more });
  };

  it('offline give every frame, however much is asked for at once', async () => {
    const stream = await open(200_000);
    const out = [new Float32Array(5000)];
    let at = 0;
    for (const numFrames of [1, 4999, 256, 3000, 64].concat(new Array(38).fill(5000))) {
      const count = stream.read(out, numFrames);
      assert.equal(count, Math.min(numFrames, 200_000 - at));
      for (let i = 0; i < count; i++) assert.equal(out[0]![i], ((at + i) % 4096) / 4096);
      at += count;
    }
    assert.equal(at, 198_320);
    assert.equal(stream.isAtEnd, false);
    assert.equal(stream.read(out, 5000), 1680);
    assert.equal(stream.isAtEnd, true);
    await stream.close();
  });

  it('go to any second, also from the end', async () => {
    const stream = await open(50_000);
    const out = [new Float32Array(100)];
    for (const frame of [30_000, 0, 49_990, 16]) {
      stream.seek(frame / sampleRate);
      const count = stream.read(out, 100);
      assert.equal(count, Math.min(100, 50_000 - frame));
      assert.equal(out[0]![0], (frame % 4096) / 4096);
    }
    await stream.close();
  });

  it('live never wait: what is not there is not given', async () => {
    const stream = await open(50_000, { mode: 'live' });
    const out = [new Float32Array(4000)];
    assert.equal(stream.read(out, 4000), 4000);
    stream.seek(1);
    assert.equal(stream.read(out, 4000), 0);
    assert.equal(stream.isAtEnd, false);
    await stream.close();
  });

  it('refuse with a code what cannot be played', async () => {
    writeFileSync(folder.path('text.wav'), 'no sound');
    const files = new EngineAudioFiles(folder.path());
    await assert.rejects(files.open({ ...request, file: 'none.wav' }), { code: 'AUDIO_FILE_READ' });
    await assert.rejects(files.open({ ...request, file: 'text.wav' }), { code: 'AUDIO_FILE_FORMAT' });
  });

  it('tell what is wrong with a file', async () => {
    writeFileSync(
      folder.path('nan.wav'),
      floatWavOf(8000, sampleRate, (frame) => (frame === 7000 ? Number.NaN : 0)),
    );
    const stream = await new EngineAudioFiles(folder.path()).open({ ...request, file: 'nan.wav' });
    const out = [new Float32Array(8000)];
    stream.read(out, 8000);
    assert.ok(out[0]!.every((x) => x === 0));
    let news = stream.takeNews();
    // They come between ticks.
    while (news === undefined) {
      await new Promise((done) => setTimeout(done, 2));
      news = stream.takeNews();
    }
    assert.equal(news?.code, 'AUDIO_FILE_FAULT');
    assert.equal(stream.takeNews(), undefined);
    await stream.close();
  });

  it('that messages name lie in the folder of the engine, or in the package', () => {
    writeFileSync(folder.path('here.wav'), '');
    assert.ok(findNamedFile('here.wav', folder.path()).endsWith('here.wav'));
    assert.ok(findNamedFile('package.json', folder.path()).endsWith('package.json'));
    assert.throws(() => findNamedFile('/etc/hostname', folder.path()), { code: 'AUDIO_FILE_PATH' });
    assert.throws(() => findNamedFile('../../etc/hostname', folder.path()), /AUDIO_FILE|outside|There is no/);
    assert.throws(() => findNamedFile('none.wav', folder.path()), { code: 'AUDIO_FILE_READ' });
  });
});
