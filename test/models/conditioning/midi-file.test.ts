import assert from 'node:assert/strict';
import { encodeMidiFile, type Performance, parseMidiFile, performanceEvents } from '../../../models/index.js';
import { chunk, END_OF_TRACK, midiBytes } from '../../support/midi-bytes.js';
import { assertModelError } from '../../support/model-errors.js';
import { seededRandom } from '../../support/random.js';

const QUARTER = [0x83, 0x74]; // 500 ticks, half a second at 120 quarters in a minute

describe('MIDI files', () => {
  it('are read as notes in seconds, with running status and both kinds of note-off', () => {
    const track = [0, 0x90, 60, 100, ...QUARTER, 60, 0, 0, 64, 50, ...QUARTER, 0x80, 64, 10, ...END_OF_TRACK];
    const { notes, seconds } = parseMidiFile(midiBytes([track]));
    assert.deepEqual(notes, [
      { seconds: 0, endSeconds: 0.5, pitch: 60, velocity: 100 / 127 },
      { seconds: 0.5, endSeconds: 1, pitch: 64, velocity: 50 / 127 },
    ]);
    assert.equal(seconds, 1);
  });

  it('follow the tempo, wherever it is set', () => {
    const tempo = [...QUARTER, 0xff, 0x51, 3, 0x0f, 0x42, 0x40, ...END_OF_TRACK]; // from then on, a second
    const track = [
      0,
      0x90,
      60,
      100,
      ...QUARTER,
      0x80,
      60,
      0,
      ...QUARTER,
      0x90,
      62,
      1,
      ...QUARTER,
      62,
      0,
      ...END_OF_TRACK,
    ];
    const { notes } = parseMidiFile(midiBytes([tempo, track], { format: 1 }));
    assert.deepEqual(
      notes.map(({ seconds, endSeconds }) => [seconds, endSeconds]),
      [
        [0, 0.5],
        [1.5, 2.5],
      ],
    );
  });

  it('may count in frames of a film', () => {
    const track = [100, 0x90, 60, 100, 100, 0x80, 60, 0, ...END_OF_TRACK];
    const { notes } = parseMidiFile(midiBytes([track], { division: 0xe728 })); // 25 frames of 40 ticks
    assert.deepEqual([notes[0]!.seconds, notes[0]!.endSeconds], [0.1, 0.2]);
  });

  it('have a pedal, and no drums', () => {
    const track = [0, 0xb0, 64, 127, 0, 0x99, 36, 100, ...QUARTER, 0xb0, 64, 0, ...END_OF_TRACK];
    const { notes, pedals } = parseMidiFile(midiBytes([track]));
    assert.deepEqual(notes, []);
    assert.deepEqual(pedals, [
      { seconds: 0, isDown: true },
      { seconds: 0.5, isDown: false },
    ]);
  });

  it('have a pitch wheel', () => {
    const track = [0, 0xe0, 0, 64, 0, 0xe3, 127, 127, ...QUARTER, 0xe0, 0, 0, ...END_OF_TRACK];
    const performance = parseMidiFile(midiBytes([track]));
    assert.deepEqual(performance.bends, [
      { seconds: 0, position: 0 },
      { seconds: 0, position: 1 },
      { seconds: 0.5, position: -1 },
    ]);
    assert.deepEqual(
      performanceEvents(performance).map(({ type, velocity }) => [type, velocity]),
      [0, 1, -1].map((position) => ['bend', position]),
    );
  });

  it('end notes at the next blow of their key, at all-notes-off, and at the end of the track', () => {
    const track = [
      ...[0, 0x90, 60, 100, 0, 62, 100, ...QUARTER, 60, 90],
      ...[...QUARTER, 0xb0, 123, 0, 0, 0x90, 65, 80, ...QUARTER, 0xff, 0x2f, 0],
    ];
    const { notes } = parseMidiFile(midiBytes([track]));
    assert.deepEqual(
      notes.map(({ pitch, seconds, endSeconds }) => [pitch, seconds, endSeconds]),
      [
        [60, 0, 0.5],
        [62, 0, 1],
        [60, 0.5, 1],
        [65, 1, 1.5],
      ],
    );
  });

  it('pass over what is no note: system exclusive, names, unknown chunks, padding', () => {
    const track = [
      0,
      0xf0,
      2,
      1,
      0xf7,
      0,
      0xff,
      3,
      2,
      65,
      66,
      0,
      0xc0,
      5,
      0,
      0x90,
      60,
      1,
      1,
      60,
      0,
      ...END_OF_TRACK,
    ];
    const bytes = [...midiBytes([]), ...chunk('XFIH', [1, 2, 3]), ...chunk('MTrk', track), 0, 0, 0];
    assert.equal(parseMidiFile(Uint8Array.from(bytes)).notes.length, 1);
  });

  it('are written so that they are read as the same', () => {
    const performance: Performance = {
      notes: [
        { seconds: 0.001, endSeconds: 40, pitch: 21, velocity: 1 },
        { seconds: 0.25, endSeconds: 0.5, pitch: 60, velocity: 64 / 127 },
        { seconds: 0.5, endSeconds: 0.75, pitch: 60, velocity: 1 / 127 },
      ],
      pedals: [{ seconds: 0.3, isDown: true }],
      seconds: 41,
    };
    assert.deepEqual(parseMidiFile(encodeMidiFile(performance)), performance);
  });

  const hostile: readonly (readonly [string, Uint8Array])[] = [
    ['nothing', new Uint8Array()],
    ['text', Buffer.from('this is no music, but it is long enough to be some')],
    ['a header that breaks off', midiBytes([]).subarray(0, 12)],
    ['no track', midiBytes([])],
    ['format 2', midiBytes([END_OF_TRACK], { format: 2 })],
    ['no ticks in a quarter', midiBytes([END_OF_TRACK], { division: 0 })],
    ['no ticks in a frame', midiBytes([END_OF_TRACK], { division: 0xe700 })],
    ['a track that claims 4 GB', Uint8Array.from([...midiBytes([]), ...chunk('MTrk', [0], 0xffff_ffff)])],
    ['a text that claims 256 MB', midiBytes([[0, 0xff, 1, 0xff, 0xff, 0xff, 0x7f]])],
    ['a length without end', midiBytes([[0xff, 0xff, 0xff, 0xff, 0xff, 0xff]])],
    ['data without status', midiBytes([[0, 60, 100]])],
    ['an event that breaks off', midiBytes([[0, 0x90, 60]])],
    ['status in place of data', midiBytes([[0, 0x90, 60, 0x90]])],
    ['a system message', midiBytes([[0, 0xf8]])],
    ['a day and more', midiBytes([[0xff, 0xff, 0xff, 0x7f, 0xff, 0x2f, 0]], { division: 1 })],
  ];
  for (const [what, bytes] of hostile) {
    it(`are refused with MODEL_MIDI: ${what}`, () =>
      assertModelError(() => Promise.resolve().then(() => parseMidiFile(bytes)), 'MODEL_MIDI'));
  }

  it('that are damaged anywhere are read or refused, never worse', () => {
    const whole = encodeMidiFile({
      notes: Array.from({ length: 20 }, (_, i) => ({
        seconds: i,
        endSeconds: i + 0.5,
        pitch: 40 + i,
        velocity: 0.5,
      })),
      pedals: [{ seconds: 1, isDown: true }],
      seconds: 21,
    });
    const random = seededRandom(1);
    for (let i = 0; i < 2000; i++) {
      const bytes = whole.slice(0, Math.ceil(whole.length * (1 - random() ** 4)));
      for (let hits = 0; hits < 3; hits++)
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      try {
        const { notes } = parseMidiFile(bytes);
        for (const { seconds, endSeconds } of notes) assert.ok(seconds >= 0 && endSeconds > seconds);
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'MODEL_MIDI', String(error));
      }
    }
  });
});

describe('the events of a performance', () => {
  const note = (pitch: number, seconds: number, endSeconds: number) => ({
    pitch,
    seconds,
    endSeconds,
    velocity: 0.5,
  });

  it('let a key go before it is struck again at the same time', () => {
    const events = performanceEvents({ notes: [note(60, 0, 1), note(60, 1, 2)], pedals: [], seconds: 2 });
    assert.deepEqual(
      events.map(({ type, seconds }) => [type, seconds]),
      [
        ['note-on', 0],
        ['note-off', 1],
        ['note-on', 1],
        ['note-off', 2],
      ],
    );
  });

  it('keep a key down while another voice holds it', () => {
    const events = performanceEvents({ notes: [note(60, 0, 2), note(60, 0.5, 1)], pedals: [], seconds: 2 });
    assert.deepEqual(
      events.map(({ type, seconds }) => [type, seconds]),
      [
        ['note-on', 0],
        ['note-on', 0.5],
        ['note-off', 2],
      ],
    );
  });
});
