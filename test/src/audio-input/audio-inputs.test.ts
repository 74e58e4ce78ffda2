import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AudioInputStream } from '../../../nodes/index.js';
import { EngineAudioFiles } from '../../../src/audio-files/index.js';
import { LiveAudioInputs, RecordedAudioInputs } from '../../../src/audio-input/index.js';
import { useTempFolder } from '../../support/temp-folder.js';
import { floatWavOf } from '../../support/wav-bytes.js';

const sampleRate = 8000;
const wish = { nodeId: 'ear', sampleRate, channels: 1, firstChannel: 1 } as const;

describe('recorded inputs', () => {
  const folder = useTempFolder();
  const inputs = (...recordings: { nodeId: string | undefined; file: string }[]) =>
    new RecordedAudioInputs(new EngineAudioFiles(folder.path()), recordings);
  const request = { ...wish, mode: 'offline', device: '' } as const;
  const write = (name: string, level: number): void =>
    writeFileSync(
      folder.path(name),
      floatWavOf(4000, sampleRate, (frame) => level + frame / 65_536),
    );
  const first = (stream: AudioInputStream): number => {
    const out = [new Float32Array(100), new Float32Array(100)];
    return stream.read(out, 100) === 0 ? 0 : out[1]![0]!;
  };

  it('are those of their node, or those for all, or silence', async () => {
    write('all.wav', 0.25);
    write('ear.wav', 0.5);
    const both = inputs({ nodeId: undefined, file: 'all.wav' }, { nodeId: 'ear', file: 'ear.wav' });
    for (const [nodeId, level] of [
      ['ear', 0.5],
      ['other', 0.25],
    ] as const) {
      const stream = await both.listen({ ...request, nodeId });
      stream.begin(0);
      assert.equal(first(stream), level);
      await stream.close();
    }
    const silent = await inputs({ nodeId: 'other', file: 'all.wav' }).listen(request);
    assert.equal(first(silent), 0);
    await silent.close();
  });

  it('go on where the engine is, and begin anew with it', async () => {
    write('all.wav', 0);
    const stream = await inputs({ nodeId: undefined, file: 'all.wav' }).listen(request);
    stream.begin(2000);
    assert.equal(first(stream), 2000 / 65_536);
    stream.begin(0);
    assert.equal(first(stream), 0);
    await stream.close();
  });

  it('are refused with a code where they cannot be played', async () => {
    const none = inputs({ nodeId: undefined, file: 'none.wav' });
    await assert.rejects(none.listen(request), { code: 'AUDIO_FILE_READ' });
  });
});

/** A program of our own making in front of the PATH stands for arecord; no machine has an input of that name. */
describe('live inputs', function () {
  // PortAudio looks at every device first: on a busy machine that takes its time.
  this.timeout(240_000);
  let isOver = false;
  const folder = useTempFolder();
  const path = process.env.PATH ?? '';
  const device = 'a microphone on the moon';
  const request = { ...wish, mode: 'live', device } as const;
  beforeEach(() => {
    isOver = false;
    process.env.PATH = `${folder.path()}${delimiter}${path}`;
  });
  afterEach(() => {
    isOver = true;
    process.env.PATH = path;
  });

  /** It records a ramp of so many frames, then waits or ends. */
  const fakeArecord = (frames: number, then: 'sleep 600' | 'exit 1'): void => {
    writeFileSync(
      folder.path('sound'),
      Buffer.from(Float32Array.from({ length: frames }, (_, i) => i).buffer),
    );
    const list = `[ "$1" = -L ] && { echo "${device}, far away"; exit 0; }`;
    const body = `#!/bin/sh\n${list}\necho "$@" > "${folder.path('args')}"\ncat "${folder.path('sound')}"\n`;
    writeFileSync(folder.path('arecord'), `${body}exec ${then}\n`);
    chmodSync(folder.path('arecord'), 0o755);
  };
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition() && !isOver) await sleep(5);
  };

  it('come from a process of their own, and are shared', async () => {
    fakeArecord(40, 'sleep 600');
    const told: string[] = [];
    const inputs = new LiveAudioInputs((message) => told.push(message));
    const streams = [await inputs.listen(request), await inputs.listen({ ...request, nodeId: 'other' })];
    await until(() => streams.every(({ availableFrames }) => availableFrames === 40));
    const out = [new Float32Array(40), new Float32Array(40)];
    for (const stream of streams) {
      assert.equal(stream.isInStep, false);
      assert.equal(stream.read(out, 40), 40);
      assert.deepEqual([out[0]![39], out[1]![39]], [39, 39]);
      assert.equal(stream.takeNews(), undefined);
    }
    await until(() => told.length === 1);
    assert.deepEqual(told, [`Listens to the input "${device}, far away", 8000 Hz.`]);
    await Promise.all(streams.map((stream) => stream.close()));
  });

  it('are told when they are not there, and when they go', async () => {
    writeFileSync(folder.path('arecord'), '#!/bin/sh\necho default\n');
    chmodSync(folder.path('arecord'), 0o755);
    const inputs = new LiveAudioInputs(() => undefined);
    const stream = await inputs.listen(request);
    const news = async (): Promise<{ code: string; message: string }> => {
      while (!isOver) {
        const next = stream.takeNews();
        if (next !== undefined) return next;
        await sleep(5);
      }
      return assert.fail('nothing was told');
    };
    const { code, message } = await news();
    assert.equal(code, 'AUDIO_INPUT_ABSENT');
    assert.match(message, /"a microphone on the moon" is waited for: .*ALSA has no input .*default/);
    // Whoever comes later is told, too.
    const later = await inputs.listen({ ...request, nodeId: 'other' });
    assert.equal(later.takeNews()?.code, 'AUDIO_INPUT_ABSENT');
    fakeArecord(40, 'exit 1');
    assert.equal((await news()).code, 'AUDIO_INPUT_LOST');
    assert.ok(stream.availableFrames >= 40);
    await stream.close();
    await later.close();
  });
});
