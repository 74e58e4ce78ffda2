/** Data bytes of each channel message, by the high half of its status, from 0x8 on. */
const CHANNEL_DATA = [2, 2, 2, 2, 1, 1, 2];
const SYSEX = 0xf0;
const SONG_POSITION = 0xf2;
const FIRST_REALTIME = 0xf8;

/** A whole message. Data that it has not is 0. */
export type MidiHandler = (status: number, data1: number, data2: number) => void;

/**
 * Bytes of one MIDI cable to messages of channels and of the clock. Takes running status, clock bytes in the midst of
 * anything, and system exclusive data, which it passes over; what is broken is passed over up to the next status.
 */
export class MidiByteParser {
  readonly #onMessage: MidiHandler;
  /** Of the message under way; 0 for none. */
  #status = 0;
  #data1 = 0;
  #numData = 0;

  constructor(onMessage: MidiHandler) {
    this.#onMessage = onMessage;
  }

  /** Any piece of the stream. */
  feed(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (byte >= FIRST_REALTIME) this.#onMessage(byte, 0, 0);
      else if (byte >= 0x80) this.#begin(byte);
      else this.#take(byte);
    }
  }

  /** The cable was pulled out. */
  reset(): void {
    this.#begin(0);
  }

  #begin(status: number): void {
    this.#status = status;
    this.#numData = 0;
  }

  #take(data: number): void {
    const needed = dataOf(this.#status);
    if (needed === 0) return;
    this.#numData++;
    if (this.#numData < needed) {
      this.#data1 = data;
      return;
    }
    const first = needed === 1 ? data : this.#data1;
    const second = needed === 1 ? 0 : data;
    this.#numData = 0;
    if (this.#status < SYSEX) this.#onMessage(this.#status, first, second);
    else this.#status = 0;
  }
}

/** 0 where data belongs to nothing that is known. */
function dataOf(status: number): number {
  if (status < 0x80) return 0;
  if (status < SYSEX) return CHANNEL_DATA[(status >> 4) - 8]!;
  if (status === SONG_POSITION) return 2;
  return status === 0xf1 || status === 0xf3 ? 1 : 0;
}
