/** What goes wrong on a stage, in one engine that plays on: a file of hours, a file with numbers that are none, a port that goes. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parsePatch } from '../../graph/index.js';
import { createEngineParts } from '../../src/container/index.js';
import type { ControlMessage } from '../../src/control/index.js';
import { Engine } from '../../src/engine/engine.js';
import { orderedMidiInputs } from '../../src/midi/midi-link.js';
import { MidiPorts } from '../../src/midi/midi-ports.js';
import { FakeMidiSystem } from '../src/midi/fake-midi-system.js';
import { writeLongMp3 } from '../support/long-mp3.js';
import { writePlayedBundle } from '../support/played-bundle.js';
import { data } from '../support/shared-data.js';
import { useTempFolder } from '../support/temp-folder.js';
import { floatWavOf } from '../support/wav-bytes.js';

const RATE = 48_000;
const BLOCK = 256;
const HOURS = 2;
/** Of the file as samples: 2.7 GB. */
const MOST_GROWTH_BYTES = 300e6;
/** Blocks after which something that never comes is given up: a minute and a half of sound. */
const MOST_BLOCKS = 17_000;

describe('troubles, while it plays', function () {
  this.timeout(300_000);
  const folder = useTempFolder();
  const system = new FakeMidiSystem();
  const told: string[] = [];
  let engine: Engine;
  let ports: MidiPorts;
  let isStarted = false;

  afterEach(async () => {
    if (!isStarted) return;
    ports.close();
    await engine.close();
  });

  async function start(): Promise<void> {
    await writePlayedBundle(folder.path('played'));
    const patch = parsePatch({
      format: 'sashimi-live/patch',
      formatVersion: 1,
      title: 'Troubles',
      nodes: [
        { id: 'long', type: 'audio-file', settings: { file: folder.path('long.mp3') } },
        { id: 'bad', type: 'audio-file', settings: { file: folder.path('bad.wav'), loop: true } },
        { id: 'keys', type: 'midi-in', settings: { port: 'piano' } },
        { id: 'model', type: 'sashimi', settings: { bundle: folder.path('played') } },
        { id: 'a', type: 'gain' },
        { id: 'b', type: 'gain' },
        { id: 'c', type: 'gain' },
        { id: 'all', type: 'mix' },
      ],
      edges: [
        { from: 'keys.notes', to: 'model.notes' },
        { from: 'long.audio', to: 'a.audio' },
        { from: 'bad.audio', to: 'b.audio' },
        { from: 'model.audio', to: 'c.audio' },
        { from: 'a.audio', to: 'all.in1' },
        { from: 'b.audio', to: 'all.in2' },
        { from: 'c.audio', to: 'all.in3' },
      ],
      output: 'all.audio',
    });
    ports = new MidiPorts(system, {
      toAudio: (message) => engine.apply({ frame: 0, message }),
      tell: ({ code }) => code !== undefined && told.push(code),
      nowMs: () => 0,
    });
    engine = await Engine.create({
      patch,
      presetName: 'a test',
      mode: 'live',
      sampleRate: RATE,
      blockFrames: BLOCK,
      channels: 2,
      seed: 1,
      parts: await createEngineParts({
        stepper: 'auto',
        lookAheadMs: 20,
        midiInputs: orderedMidiInputs((order) => ports.order(order)),
      }),
    });
    isStarted = true;
    engine.notices$.subscribe((notice) => {
      if (notice.kind === 'warning' || notice.kind === 'fault') told.push(notice.code);
      if (notice.kind === 'fault') assert.fail(notice.message);
    });
  }

  const send = (message: ControlMessage): void => engine.apply({ frame: 0, message });
  /** Only one of the three is heard. */
  const solo = (nodeId: 'a' | 'b' | 'c'): void => {
    for (const one of ['a', 'b', 'c']) {
      send({ kind: 'param', nodeId: one, name: 'gainDb', value: one === nodeId ? 0 : -60 });
    }
  };
  /** Plays until the condition holds; the loudest sample of the last block. All that is played is finite. */
  async function playUntil(what: string, holds: (peak: number) => boolean): Promise<number> {
    for (let blocks = 0; blocks < MOST_BLOCKS; blocks++) {
      let peak = 0;
      engine.process(BLOCK, (output, numFrames) => {
        for (const channel of output.channels) {
          for (let i = 0; i < numFrames; i++) {
            assert.ok(Number.isFinite(channel[i]), `frame ${engine.frame + i} is no number`);
            peak = Math.max(peak, Math.abs(channel[i]!));
          }
        }
      });
      if (holds(peak)) return peak;
      await sleep(1);
    }
    return assert.fail(`${what} never came; told: ${told.join(', ')}`);
  }
  const playBlocks = (count: number): Promise<number> => {
    let left = count;
    return playUntil('the last block', () => --left === 0);
  };

  it('are told, and the stream is unbroken', async function () {
    const short = join(data(this, 'audio-files'), 'real_short.mp3');
    const { seconds, soundsFromSeconds } = writeLongMp3(short, folder.path('long.mp3'), HOURS * 3600, 3);
    writeFileSync(
      folder.path('bad.wav'),
      floatWavOf(RATE, RATE, (frame) => (frame > 20_000 && frame < 20_100 ? Number.NaN : 0.25)),
    );
    system.there = ['Grand piano'];
    const beforeBytes = process.memoryUsage().rss;
    await start();

    // The file of hours plays from its start.
    solo('a');
    await playUntil('the sound of the long file', (peak) => peak > 0.02);

    // A file with numbers that are none: silence there, sound before and after, and a warning.
    solo('b');
    await playUntil('the sound of the bad file', (peak) => Math.abs(peak - 0.25) < 1e-3);
    await playUntil('the warning', () => told.includes('AUDIO_FILE_FAULT'));
    await playUntil('the bad file going on', (peak) => Math.abs(peak - 0.25) < 1e-3);

    // The port of an instrument that plays is pulled out, and put in again.
    solo('c');
    system.send('Grand piano', 0x90, 60, 100);
    await playUntil('the sound of the model', (peak) => peak > 1e-4);
    system.there = [];
    ports.poll();
    assert.ok(told.includes('MIDI_PORT_LOST'));
    await playUntil('the model playing on', (peak) => peak > 1e-4);
    system.there = ['Grand piano'];
    ports.poll();
    system.send('Grand piano', 0x90, 64, 100);
    await playBlocks(20);

    // Near the end of the file of hours: sound again, and then its end.
    solo('a');
    await playUntil('silence', (peak) => peak === 0);
    const place = soundsFromSeconds + 1;
    send({ kind: 'action', nodeId: 'long', name: 'seek', args: [place] });
    await playUntil('the sound near the end', (peak) => peak > 0.02);
    const from = engine.frame;
    await playUntil('the end', (peak) => peak === 0 && engine.frame - from > (seconds - place) * RATE);
    await playBlocks(100);

    const grown = process.memoryUsage().rss - beforeBytes;
    assert.ok(grown < MOST_GROWTH_BYTES, `memory grew by ${Math.round(grown / 1e6)} MB`);
    const harmless = ['MODEL_XRUN', 'NODE_FILE_LATE'];
    assert.deepEqual([...new Set(told)].filter((code) => !harmless.includes(code)).sort(), [
      'AUDIO_FILE_FAULT',
      'MIDI_PORT_LOST',
    ]);
  });
});
