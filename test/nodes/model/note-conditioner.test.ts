import assert from 'node:assert/strict';
import type { EventBlock, GraphEvent } from '../../../graph/index.js';
import { NOTE_HOP, type NoteRoll } from '../../../models/index.js';
import { NoteConditioner } from '../../../nodes/model/note-conditioner.js';
import { bytesPerCall } from '../../support/heap.js';
import { framesSaid, NOTE_CONDITIONING, noteFrames, type Played } from '../../support/note-conditioning.js';
import { seededRandom } from '../../support/random.js';
import { FakeStream, type FakeStreamOptions } from '../fake-model-streams.js';

const MOST_MODEL_FRAMES = 400;

type Timed = Omit<GraphEvent, 'frameOffset' | 'id'> & { readonly frame: number };

const on = (frame: number, pitch: number, velocity = 0.5): Timed => ({
  frame,
  type: 'note-on',
  pitch,
  velocity,
});
const off = (frame: number, pitch: number): Timed => ({ frame, type: 'note-off', pitch, velocity: 0 });
const pedal = (frame: number, velocity: number): Timed => ({ frame, type: 'pedal', pitch: 0, velocity });

function play(roll: NoteRoll, { type, pitch, velocity }: Timed): void {
  if (type === 'note-on') roll.noteOn(pitch, velocity);
  else if (type === 'note-off') roll.noteOff(pitch);
  else if (type === 'pedal') roll.pedal(velocity === 1);
  else if (type === 'all-notes-off') roll.allNotesOff();
}

/** At 48 kHz, of a stream that begins with engine frame 0. */
const frameOf = (event: Timed): number => Math.ceil(event.frame / 3 / NOTE_HOP);
const asPlayed = (events: readonly Timed[], frame = frameOf): Played[] =>
  events.map((event) => ({ frame: frame(event), play: (roll) => play(roll, event) }));

/** A conditioner and its stream, ticked as a node does it. */
class Player {
  readonly stream: FakeStream;
  readonly unknown: number[] = [];
  bends = 0;
  readonly notes: NoteConditioner;
  frame = 0;
  private readonly out = new Float32Array(MOST_MODEL_FRAMES);

  constructor(options: FakeStreamOptions = {}) {
    this.stream = new FakeStream({ conditioning: NOTE_CONDITIONING, ...options });
    this.notes = new NoteConditioner(
      this.stream,
      48000,
      MOST_MODEL_FRAMES,
      (p) => this.unknown.push(p),
      () => this.bends++,
    );
    this.notes.restart();
  }

  tick(numFrames: number, block: EventBlock, isPlaying = true): void {
    const end = this.frame + numFrames;
    const numModelFrames = Math.ceil(end / 3) - Math.ceil(this.frame / 3);
    this.notes.tell({ startFrame: this.frame, numFrames }, numModelFrames, isPlaying, block);
    if (isPlaying) this.stream.read(this.out, numModelFrames);
    this.frame = end;
  }

  play(events: readonly Timed[], frames: number, blocks: readonly number[]): this {
    const until = this.frame + frames;
    for (let turn = 0; this.frame < until; turn++) {
      const numFrames = Math.min(blocks[turn % blocks.length]!, until - this.frame);
      const start = this.frame;
      const inside = events
        .filter(({ frame }) => frame >= start && frame < start + numFrames)
        .map((event): GraphEvent => ({ ...event, id: 0, frameOffset: event.frame - start }));
      this.tick(numFrames, { events: inside, count: inside.length });
    }
    return this;
  }
}

const NONE: EventBlock = { events: [], count: 0 };

/** A passage with chords, the pedal, and events that fall together. */
function passage(seed: number, frames: number, count: number): Timed[] {
  const uniform = seededRandom(seed);
  return Array.from({ length: count }, (): Timed => {
    const frame = Math.floor(uniform() * frames);
    const pitch = 40 + Math.floor(uniform() * 30);
    const kind = uniform();
    if (kind < 0.5) return on(frame, pitch, (1 + Math.floor(uniform() * 127)) / 127);
    if (kind < 0.8) return off(frame, pitch);
    if (kind < 0.97) return pedal(frame, Number(uniform() < 0.5));
    return { frame, type: 'all-notes-off', pitch: 0, velocity: 0 };
  }).sort((a, b) => a.frame - b.frame);
}

describe('notes to conditioning', () => {
  const SECONDS = 0.5;
  const FRAMES = 48000 * SECONDS;
  const ROLL_FRAMES = 250 * SECONDS;
  const events = passage(1, FRAMES, 80);
  const expected = noteFrames(asPlayed(events), ROLL_FRAMES);

  for (const blocks of [[128], [1], [7, 300, 64], [512, 1024]]) {
    it(`says what the definition says, inline, in blocks of ${blocks.join(', ')}`, () => {
      const { stream } = new Player().play(events, FRAMES, blocks);
      assert.deepEqual(framesSaid(stream.said, ROLL_FRAMES), expected);
    });
  }

  it('tells once of a pitch wheel that is moved, and plays what it would without', () => {
    const bends = [0, 0.5, -1].map(
      (velocity, i): Timed => ({ frame: 100 * i, type: 'bend', pitch: 0, velocity }),
    );
    const player = new Player().play(
      [...bends, ...events].sort((a, b) => a.frame - b.frame),
      FRAMES,
      [128],
    );
    assert.deepEqual(framesSaid(player.stream.said, ROLL_FRAMES), expected);
    assert.equal(player.bends, 1);
  });

  it('says the same to a stream that steps ahead and goes back', () => {
    for (const lookAheadFrames of [320, 1280, 4000]) {
      const player = new Player({ mode: 'threaded', lookAheadFrames });
      player.stream.numbers.rollback = 'ready';
      player.play(events, FRAMES, [128, 40]);
      const { said } = player.stream;
      assert.deepEqual(framesSaid(said, ROLL_FRAMES), expected, `${lookAheadFrames}`);
      for (const { firstFrame, input, position } of said) {
        const first = firstFrame * (input === 0 ? NOTE_HOP : 1);
        assert.ok(first >= position, `${first} was read already at ${position}`);
      }
    }
  });

  it('says as far ahead as the stream steps, and each frame once as long as nobody plays', () => {
    const lookAheadFrames = 1280;
    const player = new Player({ mode: 'threaded', lookAheadFrames });
    const { stream } = player;
    let end = 0;
    for (let n = 0; n < 300; n++) {
      player.tick(128, NONE);
      for (const { input, firstFrame, numFrames } of stream.said.splice(0)) {
        if (input !== 0) continue;
        assert.equal(firstFrame, end);
        end = firstFrame + numFrames;
      }
      assert.ok(end * NOTE_HOP >= stream.position + lookAheadFrames);
    }
  });

  it('begins with an event, whatever came before, and only with what is not read yet', () => {
    const player = new Player({ mode: 'threaded', lookAheadFrames: 1280 });
    player.stream.numbers.rollback = 'ready';
    player.play([], 9600, [128]);
    player.stream.said.length = 0;
    player.play([on(9600, 60)], 128, [128]);
    assert.deepEqual(
      player.stream.said.map(({ input, firstFrame }) => [input, firstFrame]),
      [
        [0, 50],
        [1, 3200],
      ],
    );
  });

  it('says what is due soonest first, where all would take long', () => {
    const lookAheadFrames = 4000;
    const player = new Player({ mode: 'threaded', lookAheadFrames });
    player.stream.numbers.rollback = 'ready';
    player.play([], 9600, [128]);
    player.stream.said.length = 0;
    player.play([on(9600, 60)], 1280, [128]);
    const rolls = player.stream.said.filter(({ input }) => input === 0);
    assert.ok(rolls.length > 2);
    for (const [i, { firstFrame, numFrames, position }] of rolls.entries()) {
      if (i > 0) assert.equal(firstFrame, rolls[i - 1]!.firstFrame + rolls[i - 1]!.numFrames);
      assert.ok(numFrames <= 26, `${numFrames} frames in one tick`);
      assert.ok((firstFrame + numFrames) * NOTE_HOP > position + 1000, 'far from what is read');
    }
    const last = rolls.at(-1)!;
    assert.ok((last.firstFrame + last.numFrames) * NOTE_HOP >= last.position + lookAheadFrames);
  });

  it('puts an event off until where a stream that does not go back can still show it', () => {
    const lookAheadFrames = 320;
    const player = new Player({ mode: 'threaded', lookAheadFrames });
    player.play([], 9600, [128]);
    player.play([on(9600, 60), off(9700, 60)], 9600, [128]);
    // The onset is one frame: it must lie beyond everything that may have been stepped when it was said.
    const onset = player.stream.said.find(({ input, frames }) => input === 0 && frames[88 + 39]! > 0)!;
    assert.ok(onset.firstFrame * NOTE_HOP >= onset.position + lookAheadFrames);
    assert.ok(onset.firstFrame * NOTE_HOP <= onset.position + lookAheadFrames + 43 + NOTE_HOP);
    const put = asPlayed([on(0, 60), off(0, 60)], () => onset.firstFrame);
    assert.deepEqual(framesSaid(player.stream.said, 100), noteFrames(put, 100));
  });

  it('keeps what is played while the stream fills, for its next frame', () => {
    const player = new Player({ mode: 'threaded', lookAheadFrames: 320 });
    player.stream.numbers.rollback = 'ready';
    const event = (e: Timed): EventBlock => ({ events: [{ ...e, id: 0, frameOffset: 5 }], count: 1 });
    player.tick(128, event(on(5, 60)), false);
    player.tick(128, NONE, false);
    player.tick(128, event(on(5, 64)), false);
    player.play([], 4800, [128]);
    const both = asPlayed([on(0, 60), on(0, 64)]);
    assert.deepEqual(framesSaid(player.stream.said, 25), noteFrames(both, 25));
  });

  it('begins anew with keys and pedal as they are', () => {
    const player = new Player({ mode: 'threaded', lookAheadFrames: 640 });
    player.stream.numbers.rollback = 'ready';
    player.play([pedal(0, 1), on(0, 50), on(0, 60), off(2000, 60)], 9600, [128]);
    player.stream.said.length = 0;
    player.stream.reset(2);
    player.notes.restart();
    const { said } = player.stream;
    assert.ok(said[0]!.firstFrame === 0 && said[0]!.numFrames * NOTE_HOP >= 640, 'before its first tick');
    player.play([off(9800, 50)], 4800, [128]);
    const roll = said.find(({ input }) => input === 0)!.frames;
    assert.ok(roll[50 - 21]! > 0.4 && roll[60 - 21]! > 0.4 && roll[176] === 1);
    assert.ok(
      roll.subarray(88, 176).every((x) => x === 0),
      'nothing is struck again',
    );
  });

  it('tells of keys that there are none of, passes triggers over, and takes the nearest key', () => {
    const player = new Player();
    player.play(
      [on(0, 20), on(0, 109), off(0, 20), { ...on(0, 60), type: 'trigger' }, on(200, 59.6)],
      9600,
      [128],
    );
    assert.deepEqual(player.unknown, [20, 109]);
    assert.deepEqual(framesSaid(player.stream.said, 50), noteFrames(asPlayed([on(200, 60)]), 50));
  });

  it('feeds the inputs that it can, whatever their order and number', () => {
    const { stream } = new Player({
      conditioning: [
        { name: 'mood', dim: 2, rateHz: 100 },
        { ...NOTE_CONDITIONING[1]! },
        { ...NOTE_CONDITIONING[0]!, dim: 90 },
      ],
    }).play([on(0, 60)], 960, [128]);
    assert.deepEqual(new Set(stream.said.map(({ input }) => input)), new Set([1]));
  });

  it('allocates nothing per tick, with events and without', () => {
    const player = new Player({ mode: 'threaded', lookAheadFrames: 1280 });
    player.stream.numbers.rollback = 'ready';
    player.stream.setConditioning = () => undefined;
    const event: GraphEvent = { frameOffset: 3, type: 'note-on', pitch: 60, velocity: 0.5, id: 0 };
    const block: EventBlock = { events: [event], count: 1 };
    let turn = 0;
    const bytes = bytesPerCall(() => {
      event.pitch = 40 + (turn++ % 12);
      player.tick(128, turn % 3 === 0 ? block : NONE);
    }, 3000);
    assert.ok(bytes < 512, `${bytes} bytes`);
  });

  it('says what follows an event in portions, so that its tick is not late, and all of it before long', () => {
    const player = new Player({ mode: 'threaded', lookAheadFrames: 4000 });
    player.stream.numbers.rollback = 'ready';
    const { conditioning, sampleRate } = player.stream;
    const aheadFrames = player.stream.planAheadFrames;
    /** In samples. */
    let most = 0;
    let end = 0;
    player.stream.setConditioning = (input, firstFrame, _frames, numFrames) => {
      const hop = sampleRate / conditioning[input]!.rateHz;
      most = Math.max(most, numFrames * hop);
      end = (firstFrame + numFrames) * hop;
    };
    const event: GraphEvent = { frameOffset: 3, type: 'note-on', pitch: 60, velocity: 0.5, id: 0 };
    const block: EventBlock = { events: [event], count: 1 };
    for (let n = 0; n < 50; n++) {
      event.pitch = 40 + 2 * (n % 10);
      most = 0;
      player.tick(128, block);
      assert.ok(most > 0 && most < aheadFrames / 2, `${most} samples`);
      for (let k = 0; k < 4; k++) player.tick(128, NONE);
      assert.ok(end >= player.stream.position + aheadFrames - 64, `up to ${end}`);
    }
  });
});
