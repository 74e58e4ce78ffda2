/** Standard MIDI files as what a player is told: notes, the sustain pedal, the pitch wheel. */
import { ModelError } from '../errors.js';

/** One blow of a key. */
export interface Note {
  /** From the beginning, when the key goes down and when it comes up again; `endSeconds` is later. */
  readonly seconds: number;
  readonly endSeconds: number;
  /** MIDI key number, 0 to 127. */
  readonly pitch: number;
  /** Above 0 to 1: the MIDI velocity over 127. */
  readonly velocity: number;
}

export interface PedalMove {
  readonly seconds: number;
  readonly isDown: boolean;
}

export interface BendMove {
  readonly seconds: number;
  /** -1 to 1; 0 is its rest. */
  readonly position: number;
}

/** What somebody plays, by time. */
export interface Performance {
  readonly notes: readonly Note[];
  readonly pedals: readonly PedalMove[];
  /** Of the pitch wheel, all channels together; left out: it rests. */
  readonly bends?: readonly BendMove[];
  /** To the end of the last event. */
  readonly seconds: number;
}

/** A move of one key, of the pedal or of the pitch wheel, as instruments hear it. */
export interface PerformanceEvent {
  readonly seconds: number;
  readonly type: 'note-on' | 'note-off' | 'pedal' | 'bend';
  /** 0 for the pedal and the wheel. */
  readonly pitch: number;
  /** As of a graph event: 0 to 1; of the pedal 0 up, 1 down; of the wheel -1 to 1. */
  readonly velocity: number;
}

/** Larger files hold no piece for one player. */
const MOST_BYTES = 32 * 1024 * 1024;
const MOST_SECONDS = 24 * 3600;
/** Channel 10 is the drums. */
const DRUMS = 9;
const PEDAL = 64;
const ALL_SOUND_OFF = 120;
const ALL_NOTES_OFF = 123;
const DEFAULT_QUARTER_US = 500_000;

/**
 * Reads a file of format 0 or 1: all tracks and channels together, but no drums. A key struck again on its channel ends
 * the note before; a note without an end lasts to the end of the file. Throws MODEL_MIDI for anything else, however
 * broken; what it allocates is bounded by the size of the file.
 */
export function parseMidiFile(bytes: Uint8Array): Performance {
  if (bytes.length > MOST_BYTES) throw malformed(`it is larger than ${MOST_BYTES} bytes`);
  const reader = new Reader(bytes, 0, bytes.length);
  if (reader.tag() !== 'MThd') throw malformed('it does not begin with MThd');
  const header = reader.part(reader.uint(4));
  const format = header.uint(2);
  if (format > 1) throw malformed(`format ${format} is neither 0 nor 1`);
  header.uint(2); // How many tracks there are is seen from the file.
  const tempo = new TempoMap(header.uint(2));
  const tracks: TrackEvent[][] = [];
  // What follows the last whole chunk and is too short to be one is padding.
  while (reader.left >= 8) {
    const tag = reader.tag();
    const chunk = reader.part(reader.uint(4));
    if (tag === 'MTrk') tracks.push(readTrack(chunk, tempo));
  }
  if (tracks.length === 0) throw malformed('it has no track');
  return assemble(tracks, tempo);
}

/** By time; at one instant keys come up first and go down last, so that a key struck again is a new blow. */
export function performanceEvents({ notes, pedals, bends = [] }: Performance): PerformanceEvent[] {
  const rank = { 'note-off': 0, pedal: 1, bend: 1, 'note-on': 2 };
  const struck = new Map<number, number[]>();
  for (const { pitch, seconds } of notes) {
    const times = struck.get(pitch);
    if (times === undefined) struck.set(pitch, [seconds]);
    else times.push(seconds);
  }
  const events: PerformanceEvent[] = pedals.map(({ seconds, isDown }) => ({
    seconds,
    type: 'pedal',
    pitch: 0,
    velocity: isDown ? 1 : 0,
  }));
  for (const { seconds, position } of bends) {
    events.push({ seconds, type: 'bend', pitch: 0, velocity: position });
  }
  const ends = new Map<number, number>();
  for (const { seconds, endSeconds, pitch, velocity } of notes) {
    events.push({ seconds, type: 'note-on', pitch, velocity });
    ends.set(pitch, Math.max(ends.get(pitch) ?? 0, endSeconds));
    // One string has one damper: while another voice holds the key, it stays up.
    const times = struck.get(pitch)!;
    times.shift();
    const end = ends.get(pitch)!;
    if (times[0] === undefined || times[0] >= end)
      events.push({ seconds: end, type: 'note-off', pitch, velocity: 0 });
  }
  return events.sort((a, b) => a.seconds - b.seconds || rank[a.type] - rank[b.type]);
}

/** The 14 bits of a pitch wheel as its place, -1 to 1: 0 to 16383, at rest 8192. */
export function wheelPosition(value: number): number {
  return value < 8192 ? (value - 8192) / 8192 : (value - 8192) / 8191;
}

interface TrackEvent {
  readonly tick: number;
  readonly type: 'on' | 'off' | 'pedal' | 'bend' | 'all-off' | 'end';
  readonly channel: number;
  readonly pitch: number;
  /** Velocity, or the value of a controller, 0 to 127; of a bend -1 to 1. */
  readonly value: number;
}

function readTrack(reader: Reader, tempo: TempoMap): TrackEvent[] {
  const events: TrackEvent[] = [];
  let tick = 0;
  let running = 0;
  while (reader.left > 0) {
    tick += reader.variable();
    let status = reader.peek();
    if (status >= 0x80) reader.uint(1);
    else status = running;
    if (status < 0x80) throw malformed('an event has no status');
    if (status === 0xff) {
      const kind = reader.uint(1);
      const content = reader.part(reader.variable());
      if (kind === 0x2f) break;
      if (kind === 0x51 && content.left === 3) tempo.set(tick, content.uint(3));
    } else if (status === 0xf0 || status === 0xf7) {
      reader.part(reader.variable());
    } else if (status > 0xf0) {
      throw malformed(`status ${status} does not belong in a file`);
    } else {
      running = status;
      const event = channelEvent(tick, status, reader);
      if (event !== undefined && event.channel !== DRUMS) events.push(event);
    }
  }
  events.push({ tick, type: 'end', channel: 0, pitch: 0, value: 0 });
  return events;
}

function channelEvent(tick: number, status: number, reader: Reader): TrackEvent | undefined {
  const channel = status & 0x0f;
  const kind = status & 0xf0;
  const pitch = reader.data();
  if (kind === 0xc0 || kind === 0xd0) return undefined;
  const value = reader.data();
  if (kind === 0x90) return { tick, type: value > 0 ? 'on' : 'off', channel, pitch, value };
  if (kind === 0x80) return { tick, type: 'off', channel, pitch, value };
  if (kind === 0xe0)
    return { tick, type: 'bend', channel, pitch: 0, value: wheelPosition(pitch + 128 * value) };
  if (kind !== 0xb0) return undefined;
  if (pitch === PEDAL) return { tick, type: 'pedal', channel, pitch: 0, value };
  const isAllOff = pitch === ALL_SOUND_OFF || pitch === ALL_NOTES_OFF;
  return isAllOff ? { tick, type: 'all-off', channel, pitch: 0, value } : undefined;
}

interface Struck {
  readonly tick: number;
  readonly value: number;
}

function assemble(tracks: readonly TrackEvent[][], tempo: TempoMap): Performance {
  const lastTick = tracks.reduce((last, track) => Math.max(last, track.at(-1)!.tick), 0);
  const seconds = tempo.seconds(lastTick);
  if (!(seconds <= MOST_SECONDS)) throw malformed('it lasts more than a day');
  const notes: Note[] = [];
  const pedals: PedalMove[] = [];
  const bends: BendMove[] = [];
  for (const track of tracks) {
    const struck = new Map<number, Struck>();
    const end = (key: number, tick: number): void => {
      const begun = struck.get(key);
      struck.delete(key);
      if (begun === undefined || tick <= begun.tick) return;
      notes.push({
        seconds: tempo.seconds(begun.tick),
        endSeconds: tempo.seconds(tick),
        pitch: key % 128,
        velocity: begun.value / 127,
      });
    };
    for (const { tick, type, channel, pitch, value } of track) {
      const key = channel * 128 + pitch;
      if (type === 'pedal') pedals.push({ seconds: tempo.seconds(tick), isDown: value >= 64 });
      else if (type === 'bend') bends.push({ seconds: tempo.seconds(tick), position: value });
      else if (type === 'on' || type === 'off') end(key, tick);
      else
        for (const held of [...struck.keys()]) if (type === 'end' || held >> 7 === channel) end(held, tick);
      if (type === 'on') struck.set(key, { tick, value });
    }
  }
  notes.sort((a, b) => a.seconds - b.seconds || a.pitch - b.pitch);
  pedals.sort((a, b) => a.seconds - b.seconds);
  bends.sort((a, b) => a.seconds - b.seconds);
  return { notes, pedals, ...(bends.length === 0 ? {} : { bends }), seconds };
}

/** Ticks to seconds. Tempo is set while tracks are read, and asked for afterwards. */
class TempoMap {
  readonly #ticksPerQuarter: number;
  /** Where ticks are parts of a film's frame, so that tempo does not matter. */
  readonly #secondsPerTick: number | undefined;
  #changes: { tick: number; quarterUs: number }[] = [];
  /** Begin of each stretch, by tick. */
  #stretches: { tick: number; seconds: number; secondsPerTick: number }[] | undefined;

  constructor(division: number) {
    this.#ticksPerQuarter = division;
    if (division >= 0x8000) {
      const framesPerSecond = 256 - (division >> 8);
      this.#secondsPerTick = 1 / (framesPerSecond * (division & 0xff));
      if (!Number.isFinite(this.#secondsPerTick)) throw malformed('a frame has no ticks');
    } else if (division === 0) {
      throw malformed('a quarter note has no ticks');
    }
  }

  set(tick: number, quarterUs: number): void {
    this.#changes.push({ tick, quarterUs });
  }

  seconds(tick: number): number {
    if (this.#secondsPerTick !== undefined) return tick * this.#secondsPerTick;
    this.#stretches ??= this.#lay();
    const stretches = this.#stretches;
    let low = 0;
    let high = stretches.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (stretches[middle]!.tick <= tick) low = middle;
      else high = middle - 1;
    }
    const { tick: from, seconds, secondsPerTick } = stretches[low]!;
    return seconds + (tick - from) * secondsPerTick;
  }

  #lay(): { tick: number; seconds: number; secondsPerTick: number }[] {
    const perTick = (quarterUs: number): number => quarterUs / 1e6 / this.#ticksPerQuarter;
    const stretches = [{ tick: 0, seconds: 0, secondsPerTick: perTick(DEFAULT_QUARTER_US) }];
    for (const { tick, quarterUs } of this.#changes.sort((a, b) => a.tick - b.tick)) {
      const { tick: from, seconds, secondsPerTick } = stretches.at(-1)!;
      const at = seconds + (tick - from) * secondsPerTick;
      stretches.push({ tick, seconds: at, secondsPerTick: perTick(quarterUs) });
    }
    return stretches;
  }
}

/** A stretch of the file; nothing beyond it can be read. */
class Reader {
  #at: number;

  constructor(
    private readonly bytes: Uint8Array,
    start: number,
    private readonly end: number,
  ) {
    this.#at = start;
  }

  get left(): number {
    return this.end - this.#at;
  }

  /** Big-endian. */
  uint(numBytes: number): number {
    this.#need(numBytes);
    let value = 0;
    for (let i = 0; i < numBytes; i++) value = value * 256 + this.bytes[this.#at++]!;
    return value;
  }

  peek(): number {
    this.#need(1);
    return this.bytes[this.#at]!;
  }

  /** Seven bits. */
  data(): number {
    const value = this.uint(1);
    if (value >= 0x80) throw malformed('an event breaks off');
    return value;
  }

  /** Of one to four bytes, seven bits each. */
  variable(): number {
    let value = 0;
    for (let i = 0; i < 4; i++) {
      const byte = this.uint(1);
      value = value * 128 + (byte & 0x7f);
      if (byte < 0x80) return value;
    }
    throw malformed('a length has more than four bytes');
  }

  tag(): string {
    return String.fromCharCode(this.uint(1), this.uint(1), this.uint(1), this.uint(1));
  }

  part(numBytes: number): Reader {
    this.#need(numBytes);
    const start = this.#at;
    this.#at += numBytes;
    return new Reader(this.bytes, start, this.#at);
  }

  #need(numBytes: number): void {
    if (numBytes > this.left) throw malformed(`it breaks off at byte ${this.end}`);
  }
}

function malformed(why: string): ModelError {
  return new ModelError('MODEL_MIDI', `This is no MIDI file that can be read: ${why}.`);
}
