import type { EventBlock, GraphEvent } from '../../graph/index.js';

/** How many events one tick takes. */
const CAPACITY = 256;
/** From here on notes are refused, so that there is room for letting go of those that came before. */
const NOTES_UP_TO = 192;

type EventType = GraphEvent['type'];

/** Events of one tick, in their order: those that came before it, or that fall into it. Bounded; allocates nothing after construction. */
export class NoteQueue {
  readonly #events: GraphEvent[] = Array.from({ length: CAPACITY }, () => ({
    frameOffset: 0,
    type: 'note-on',
    pitch: 0,
    velocity: 0,
    id: 0,
  }));
  readonly #block = { events: this.#events, count: 0 };
  #count = 0;

  /** False when there is no room. Letting go of everything always finds some. None comes before the one pushed before it. */
  push(type: EventType, pitch = 0, velocity = 0, id = 0, frameOffset = 0): boolean {
    if (type === 'bend' && this.#replaceBend(velocity, frameOffset)) return true;
    if (this.#count >= roomFor(type)) {
      return type === 'all-notes-off' && this.#events[this.#count - 1]!.type === type;
    }
    const before = this.#count === 0 ? 0 : this.#events[this.#count - 1]!.frameOffset;
    const event = this.#events[this.#count++]!;
    event.frameOffset = Math.max(before, frameOffset);
    event.type = type;
    event.pitch = pitch;
    event.velocity = velocity;
    event.id = id;
    return true;
  }

  /** Of the bends of one frame, with nothing between them, the last one counts: a wheel sends many. */
  #replaceBend(position: number, frameOffset: number): boolean {
    const last = this.#count === 0 ? undefined : this.#events[this.#count - 1]!;
    if (last?.type !== 'bend' || last.frameOffset !== frameOffset) return false;
    last.velocity = position;
    return true;
  }

  /** Everything that came since the last call; borrowed until the next `push`. */
  take(): EventBlock {
    this.#block.count = this.#count;
    this.#count = 0;
    return this.#block;
  }
}

function roomFor(type: EventType): number {
  if (type === 'note-on') return NOTES_UP_TO;
  return type === 'all-notes-off' ? CAPACITY : CAPACITY - 1;
}
