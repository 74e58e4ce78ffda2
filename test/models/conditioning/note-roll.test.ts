import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  NOTE_HOP,
  NOTE_PARTIALS_DIM,
  NOTE_ROLL_DIM,
  NoteRoll,
  packageRoot,
  parseSafetensors,
  toFloat32,
} from '../../../models/index.js';
import { bytesPerCall } from '../../support/heap.js';
import { seededRandom } from '../../support/random.js';

/** Written by models/training/make_parity.py with models/training/note_roll.py. */
const GOLDEN = join(packageRoot(), 'test', 'golden', 'note-roll');
/** The original multiplies float32 tables; values reach the number of keys. */
const TOLERANCE = 1e-5;

interface GoldenEvent {
  readonly frame: number;
  readonly kind: 'on' | 'off' | 'pedal';
  readonly pitch: number;
  readonly value: number;
}

function play(roll: NoteRoll, { kind, pitch, value }: Omit<GoldenEvent, 'frame'>): void {
  if (kind === 'on') roll.noteOn(pitch, value / 127);
  else if (kind === 'off') roll.noteOff(pitch);
  else roll.pedal(value === 1);
}

/** Frames [0, count) under the events. */
function framesOf(events: readonly GoldenEvent[], count: number, roll = new NoteRoll()) {
  const frames = {
    roll: new Float32Array(count * NOTE_ROLL_DIM),
    source: new Float32Array(count * NOTE_HOP * NOTE_PARTIALS_DIM),
  };
  for (let frame = 0; frame < count; frame++) {
    for (const event of events) if (event.frame === frame) play(roll, event);
    roll.writeRoll(frames.roll, frame * NOTE_ROLL_DIM);
    roll.writePartials(frames.source, frame * NOTE_HOP * NOTE_PARTIALS_DIM);
    roll.advance();
  }
  return frames;
}

function worst(actual: Float32Array, expected: ArrayLike<number>): number {
  assert.equal(actual.length, expected.length);
  return actual.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
}

const on = (pitch: number, value = 100): Omit<GoldenEvent, 'frame'> => ({ kind: 'on', pitch, value });
const off = (pitch: number): Omit<GoldenEvent, 'frame'> => ({ kind: 'off', pitch, value: 0 });
const pedal = (value: number): Omit<GoldenEvent, 'frame'> => ({ kind: 'pedal', pitch: 0, value });

/** One frame's roll values. */
function look(roll: NoteRoll) {
  const values = new Float32Array(NOTE_ROLL_DIM);
  roll.writeRoll(values, 0);
  return {
    level: (pitch: number) => values[pitch - 21]!,
    onset: (pitch: number) => values[88 + pitch - 21]!,
    pedal: values[176]!,
    count: values[177]!,
  };
}

/** The level of a key `frames` later, over its level now: exp(-time / tau) gives tau in seconds. */
function tauAfter(roll: NoteRoll, pitch: number, frames = 5): number {
  const before = look(roll).level(pitch);
  for (let i = 0; i < frames; i++) roll.advance();
  return -(frames * 0.004) / Math.log(look(roll).level(pitch) / before);
}

describe('the note roll', () => {
  it('makes the frames of its twin in Python', () => {
    const events = JSON.parse(readFileSync(join(GOLDEN, 'events.json'), 'utf8')) as GoldenEvent[];
    const golden = parseSafetensors(readFileSync(join(GOLDEN, 'frames.safetensors')));
    const expected = (name: string) => toFloat32(golden.tensors.get(name)!);
    const { roll, source } = framesOf(events, expected('roll').length / NOTE_ROLL_DIM);
    assert.ok(worst(roll, expected('roll')) <= TOLERANCE, `roll: ${worst(roll, expected('roll'))}`);
    assert.ok(worst(source, expected('source')) <= TOLERANCE, `source: ${worst(source, expected('source'))}`);
  });

  it('keeps the phases of a note of 30 s', () => {
    const pitch = 45;
    const roll = new NoteRoll();
    play(roll, on(pitch, 127));
    const frames = 30 * 250;
    const source = new Float32Array(NOTE_HOP * NOTE_PARTIALS_DIM);
    for (let frame = 0; frame < frames - 1; frame++) roll.advance();
    roll.writePartials(source, 0);
    const b = 2.2e-4 * Math.exp(0.096 * (pitch - 57));
    const tau = 3 * 2 ** (-(pitch - 60) / 18);
    const expected = Array.from({ length: NOTE_HOP }, (_, i) => {
      const t = ((frames - 1) * NOTE_HOP + i) / 16000;
      return Array.from({ length: 8 }, (_, k) => {
        const p = k + 1;
        const phase = 2 * Math.PI * p * 110 * Math.sqrt(1 + b * p * p) * t;
        return [Math.exp(-t / tau) * Math.sin(phase), Math.exp(-t / tau) * Math.cos(phase)];
      });
    }).flat(2);
    const level = look(roll).level(pitch);
    assert.ok(level > 1e-4, `still sounds: ${level}`);
    assert.ok(worst(source, expected) < 1e-8 + 1e-6 * level, `${worst(source, expected)}`);
  });

  it('tells an onset in one frame, with its velocity, and a key struck again anew', () => {
    const roll = new NoteRoll();
    play(roll, on(60, 64));
    assert.deepEqual(
      [look(roll).level(60), look(roll).onset(60)],
      [Math.fround(64 / 127), Math.fround(64 / 127)],
    );
    roll.advance();
    assert.equal(look(roll).onset(60), 0);
    play(roll, on(60, 127));
    const source = new Float32Array(NOTE_HOP * NOTE_PARTIALS_DIM);
    roll.writePartials(source, 0);
    assert.deepEqual([...source.subarray(0, 4)], [0, 1, 0, 1], 'all phases begin at 0');
    assert.deepEqual([look(roll).level(60), look(roll).onset(60)], [1, 1]);
  });

  it('damps a key that is let go, unless the pedal holds it until it goes up', () => {
    const roll = new NoteRoll();
    play(roll, on(60));
    assert.ok(Math.abs(tauAfter(roll, 60) - 3) < 1e-3);
    play(roll, off(60));
    assert.ok(Math.abs(tauAfter(roll, 60) - 0.06) < 1e-5);
    play(roll, pedal(1));
    assert.ok(Math.abs(tauAfter(roll, 60) - 0.06) < 1e-5, 'the damper has fallen already');
    play(roll, on(60));
    play(roll, on(78));
    play(roll, off(60));
    assert.ok(Math.abs(tauAfter(roll, 60) - 3) < 1e-3, 'let go under the pedal');
    assert.equal(look(roll).pedal, 1);
    play(roll, pedal(0));
    assert.ok(Math.abs(tauAfter(roll, 60) - 0.06) < 1e-5);
    assert.ok(Math.abs(tauAfter(roll, 78) - 1.5) < 1e-3, 'a held key sounds on');
    assert.equal(look(roll).pedal, 0);
  });

  it('a key struck and let go in one frame has its onset, and is damped from there', () => {
    const roll = new NoteRoll();
    play(roll, on(60));
    play(roll, off(60));
    assert.equal(look(roll).onset(60), Math.fround(100 / 127));
    assert.ok(Math.abs(tauAfter(roll, 60) - 0.06) < 1e-5);
  });

  it('lets go of everything at once', () => {
    const roll = new NoteRoll();
    play(roll, pedal(1));
    for (const pitch of [40, 60, 108]) play(roll, on(pitch));
    play(roll, off(40));
    roll.allNotesOff();
    assert.equal(look(roll).pedal, 0);
    for (const pitch of [40, 60]) assert.ok(Math.abs(tauAfter(roll, pitch) - 0.06) < 1e-5);
    for (let i = 0; i < 200; i++) roll.advance();
    const { roll: silence, source } = framesOf([], 2, roll);
    assert.ok(silence.every((x) => x === 0) && source.every((x) => x === 0));
  });

  it('counts the keys that can be heard', () => {
    const roll = new NoteRoll();
    for (const pitch of [40, 60]) play(roll, on(pitch));
    play(roll, on(70, 1));
    assert.ok(Math.abs(look(roll).count - 0.2) < 1e-7, 'velocity 1 is below the count');
    assert.ok(look(roll).level(70) > 0);
  });

  it('leaves out partials above 7200 Hz', () => {
    for (const [pitch, partials] of [
      [60, 8],
      [100, 2],
      [108, 1],
    ] as const) {
      const { source } = framesOf([{ frame: 0, ...on(pitch) }], 1);
      const heard = Array.from({ length: 8 }, (_, p) => source[2 * p + 1]! > 0);
      assert.deepEqual(
        heard,
        heard.map((_, p) => p < partials),
        `${pitch}`,
      );
    }
  });

  it('goes on from a copy with the same bits', () => {
    const uniform = seededRandom(3);
    const events = Array.from({ length: 60 }, (): GoldenEvent => {
      const frame = Math.floor(uniform() * 100);
      const kind = (['on', 'off', 'pedal'] as const)[Math.floor(uniform() * 3)]!;
      const value = kind === 'pedal' ? Number(uniform() < 0.5) : 1 + Math.floor(uniform() * 127);
      return { frame, kind, pitch: 21 + Math.floor(uniform() * 88), value };
    });
    const whole = framesOf(events, 100);
    const first = new NoteRoll();
    framesOf(events, 50, first);
    const copy = new NoteRoll();
    copy.copyFrom(first);
    const later = events.map((event) => ({ ...event, frame: event.frame - 50 }));
    for (const roll of [first, copy]) {
      const rest = framesOf(later, 50, roll);
      assert.deepEqual(rest.roll, whole.roll.subarray(50 * NOTE_ROLL_DIM));
      assert.deepEqual(rest.source, whole.source.subarray(50 * NOTE_HOP * NOTE_PARTIALS_DIM));
    }
  });

  it('does not allocate', () => {
    const roll = new NoteRoll();
    const copy = new NoteRoll();
    const values = new Float32Array(NOTE_HOP * NOTE_PARTIALS_DIM);
    let turn = 0;
    const bytes = bytesPerCall(() => {
      roll.noteOn(40 + (turn++ % 30), 0.5);
      copy.copyFrom(roll);
      copy.writeRoll(values, 0);
      copy.writePartials(values, 0);
      roll.advance();
      roll.noteOff(40 + (turn % 30));
    }, 5000);
    assert.ok(bytes < 64, `${bytes} bytes`);
  });
});
