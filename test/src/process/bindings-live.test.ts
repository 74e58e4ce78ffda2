/** A control at a port, bound by the engine's main thread, moves what the audio thread plays: all but the driver is real. */
import assert from 'node:assert/strict';
import { MessageChannel, Worker } from 'node:worker_threads';
import { BehaviorSubject, filter, firstValueFrom, map, Subject, take, toArray } from 'rxjs';
import { type BindingNews, parseControl, parseOptions } from '../../../src/binding/index.js';
import { createNodeRegistry } from '../../../src/container/node-registry.js';
import type {
  AddressTable,
  ControlMessage,
  EngineEvent,
  StampedMessage,
} from '../../../src/control/index.js';
import { addressTableOf } from '../../../src/control/index.js';
import { StatusPage } from '../../../src/engine/status-page.js';
import { MidiWork } from '../../../src/midi/midi-work.js';
import type { MidiHandle } from '../../../src/midi/start-midi-worker.js';
import { createClockPage, type OscHandle } from '../../../src/osc/index.js';
import { type AudioHandle, attendAudioWorker } from '../../../src/process/audio-handle.js';
import { BindingRoom } from '../../../src/process/binding-room.js';
import { playDefaults } from '../../../src/process/index.js';
import { Mirror } from '../../../src/process/mirror.js';
import { TapRing } from '../../../src/process/tap-ring.js';
import { playedPatch, writePlayedBundle } from '../../support/played-bundle.js';
import { useTempFolder } from '../../support/temp-folder.js';
import { FakeMidiSystem } from '../midi/fake-midi-system.js';

describe('bindings of a live engine', function () {
  this.timeout(240_000);
  const folder = useTempFolder();
  let audio: AudioHandle;

  afterEach(() => audio.close());

  it('learn a fader, play it, and move it when something else does', async () => {
    const bundle = folder.path('played');
    await writePlayedBundle(bundle);
    audio = attendAudioWorker(
      new Worker(new URL('../../../src/process/audio-worker.js', import.meta.url), { name: 'audio' }),
    );
    const playing = firstValueFrom(audio.news$.pipe(filter((news) => news.kind === 'playing')));
    const patch = playedPatch(bundle, { type: 'note-osc' });
    const options = { ...playDefaults, preset: '', sink: { type: 'null' } as const };
    audio.begin({
      options,
      patch,
      presetName: 'a test',
      masterGainDb: 0,
      muted: false,
      statusPage: new StatusPage().memory,
      clock: createClockPage(),
      tapRing: TapRing.allocate(4800, options.channels),
    });
    const { params } = await playing;
    const mirror = new Mirror(patch, 'a test');
    mirror.setPatch(patch, 'a test', params);

    const system = new FakeMidiSystem();
    system.there = ['desk 20:0'];
    system.outputs = ['desk 20:0'];
    const { port1, port2 } = new MessageChannel();
    audio.connectControl(port2);
    const bindingNews$ = new Subject<BindingNews>();
    let nowMs = 0;
    const work = new MidiWork(system, {
      toAudio: (message) => port1.postMessage([{ frame: 0, message }] satisfies StampedMessage[]),
      post: (message) => {
        // From another thread: later.
        if (message.kind === 'binding') queueMicrotask(() => bindingNews$.next(message.news));
      },
      nowMs: () => nowMs,
    });
    const events: EngineEvent[] = [];
    const table$ = new BehaviorSubject<AddressTable>(addressTableOf(patch, createNodeRegistry()));
    const room = new BindingRoom({
      mirror,
      osc: { table$, broadcast: (event: EngineEvent) => events.push(event) } as unknown as OscHandle,
      midi: {
        order: (order: Parameters<MidiWork['order']>[0]) => work.order(structuredClone(order)),
        bindingNews$,
      } as unknown as MidiHandle,
      mirrorChanged: () => undefined,
      tell: () => undefined,
    });
    const applied = (count: number): Promise<ControlMessage[]> =>
      firstValueFrom(
        audio.news$.pipe(
          filter((news) => news.kind === 'applied'),
          map((news) => news.messages),
          filter((messages) => messages.length > 0),
          take(count),
          toArray(),
          map((all) => all.flat()),
        ),
      );

    room.learn({ to: '/master/gain', ...parseOptions(-20, 0, 'lin') });
    await Promise.resolve();
    system.send('desk 20:0', 0xb2, 7, 1, 0xb2, 7, 2);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(events, [
      { kind: 'control-learned', id: 1, control: 'cc:7@3 desk', address: '/master/gain' },
    ]);
    nowMs = 1000;
    work.flush();
    assert.deepEqual(
      system.sent.get('desk 20:0')?.splice(0),
      [[0xb2, 7, 127]],
      'it stands where the gain is',
    );

    nowMs = 2000;
    const first = applied(1);
    system.send('desk 20:0', 0xb2, 7, 0);
    assert.deepEqual(await first, [{ kind: 'master-gain', gainDb: -20 }]);
    room.applied(await first);
    nowMs = 3000;
    work.flush();
    assert.deepEqual(system.sent.get('desk 20:0'), [], 'no echo');

    const second = applied(2);
    audio.apply([{ frame: 0, message: { kind: 'master-gain', gainDb: -10 } }]);
    const messages = (await second).filter(({ kind }) => kind === 'master-gain').slice(-1);
    room.applied(messages);
    work.flush();
    assert.deepEqual(system.sent.get('desk 20:0'), [[0xb2, 7, 64]]);
    assert.deepEqual(room.all()[0]!.binding.control, parseControl('cc:7@3 desk'));
    room.close();
    port1.close();
  });
});
