/** The real thread and the real driver: what a machine without MIDI says, and notes over a virtual port where there is one. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MessagePort } from 'node:worker_threads';
import type { StampedMessage } from '../../../src/control/index.js';
import { orderedMidiInputs } from '../../../src/midi/midi-link.js';
import { attendMidi, type MidiHandle } from '../../../src/midi/start-midi-worker.js';
import type { MidiNews } from '../../../src/midi/worker-protocol.js';

interface VirtualOutput {
  openVirtualPort(name: string): void;
  sendMessage(bytes: readonly number[]): void;
  destroy(): void;
}

/** Undefined where this machine has no MIDI. */
function createOutput(): VirtualOutput | undefined {
  if (process.platform === 'linux' && !existsSync('/dev/snd/seq')) return undefined;
  if (process.platform === 'win32') return undefined;
  try {
    const { Output } = createRequire(import.meta.url)('@julusian/midi') as {
      Output: new () => VirtualOutput;
    };
    return new Output();
  } catch {
    return undefined;
  }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(5);
}

describe('the MIDI worker', function () {
  this.timeout(240_000);
  let midi: MidiHandle;
  let news: MidiNews[];
  let played: StampedMessage[];
  let isConnected: boolean;

  beforeEach(() => {
    news = [];
    played = [];
    isConnected = false;
    midi = attendMidi((port: MessagePort) => {
      isConnected = true;
      port.on('message', (batch: StampedMessage[]) => played.push(...batch));
      port.unref();
    });
    midi.news$.subscribe((one) => news.push(one));
  });
  afterEach(() => midi.close());

  it('does not start before somebody listens, and ends', () => {
    assert.equal(isConnected, false);
    const listening = orderedMidiInputs((order) => midi.order(order)).listen({
      nodeId: 'keys',
      port: '',
      channel: 0,
      hasClock: false,
    });
    listening.close();
    listening.begin();
    assert.equal(isConnected, false, 'closed before it began');
  });

  it('tells once that a port is not there', async () => {
    orderedMidiInputs((order) => midi.order(order))
      .listen({ nodeId: 'keys', port: 'no such instrument', channel: 0, hasClock: false })
      .begin();
    await until(() => news.length > 0);
    assert.ok(['MIDI_UNAVAILABLE', 'MIDI_PORT_ABSENT'].includes(news[0]!.code!), JSON.stringify(news));
    assert.match(news[0]!.message, /^keys waits for a MIDI port "no such instrument": /);
  });

  it('hands over what a virtual instrument plays', async function () {
    const output = createOutput();
    if (output === undefined) {
      console.log('      no MIDI on this machine (no ALSA sequencer): skipped');
      this.skip();
    }
    output.openVirtualPort('sashimi test keys');
    try {
      orderedMidiInputs((order) => midi.order(order))
        .listen({ nodeId: 'keys', port: 'sashimi test keys', channel: 1, hasClock: false })
        .begin();
      await until(() => news.some(({ code }) => code === undefined));
      for (const bytes of [[0x90, 60, 100], [0x91, 61, 100], [0xf8], [0xb0, 64, 127], [0x80, 60, 0]]) {
        output.sendMessage(bytes);
      }
      await until(() => played.length >= 3);
      assert.deepEqual(
        played.map(({ frame, message }) => [frame, message]),
        [
          ['note', 60, 100],
          ['pedal', true],
          ['note/off', 60],
        ].map(([name, ...args]) => [0, { kind: 'action', nodeId: 'keys', name, args }]),
      );
    } finally {
      output.destroy();
    }
    await until(() => news.some(({ code }) => code === 'MIDI_PORT_LOST'));
    const [, , , letGo] = played;
    assert.deepEqual(letGo?.message, { kind: 'action', nodeId: 'keys', name: 'notes/off', args: [] });
  });
});
