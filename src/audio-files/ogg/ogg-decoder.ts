import type { AudioFormat, BlockDecoder, Faults, SoundBlock } from '../audio-reader.js';
import type { OggPackets } from './pages.js';

/** Makes sound of one packet after the other. */
export interface PacketCodec {
  readonly description: string;
  readonly sampleRate: number;
  readonly channels: number;
  /** Frames at the beginning of the stream that are not to be heard. */
  readonly skipFrames: number;
  /** Frames to decode before a place until what comes is as it would have been. */
  readonly preRollFrames: number;
  /** Frames of one packet, 0 for the first after `restart`. Undefined for a packet that is damaged. */
  decode(packet: Uint8Array): SoundBlock | undefined;
  /** What comes next follows on nothing. */
  restart(): Promise<void>;
}

/** Sound of an Ogg stream, whose headers were read. Frames are counted from the first that is heard. */
export class OggDecoder implements BlockDecoder {
  readonly format: AudioFormat;
  readonly #firstPageAt: number;
  /** Of what comes next. */
  #frame: number;

  constructor(
    private readonly packets: OggPackets,
    private readonly codec: PacketCodec,
    private readonly faults: Faults,
  ) {
    const { description, sampleRate, channels, skipFrames } = codec;
    this.#firstPageAt = packets.position;
    this.#frame = -skipFrames;
    const last = packets.lastGranule();
    const frames = last < 0 ? undefined : Math.max(0, last - skipFrames);
    this.format = { description, sampleRate, channels, frames };
  }

  next(): SoundBlock | undefined {
    for (;;) {
      const packet = this.packets.next();
      if (packet === undefined) return undefined;
      const block = this.codec.decode(packet.bytes);
      if (block === undefined) {
        this.faults.add('a packet is damaged');
        continue;
      }
      const end = packet.granule < 0 ? undefined : packet.granule - this.codec.skipFrames;
      const begin = this.#frame;
      this.#frame = begin + block.numFrames;
      if (packet.isLast && end !== undefined && end < this.#frame) {
        block.numFrames = Math.max(0, end - begin);
        this.#frame = begin + block.numFrames;
      }
      if (begin < 0) dropFront(block, -begin);
      if (block.numFrames > 0) return block;
    }
  }

  async seek(frame: number): Promise<number> {
    const { skipFrames, preRollFrames } = this.codec;
    const granule = frame + skipFrames - preRollFrames;
    const at = granule > 0 ? this.packets.pageBefore(granule, this.#firstPageAt) : -1;
    await this.codec.restart();
    this.packets.restart(at >= 0 ? at : this.#firstPageAt);
    this.#frame = -skipFrames;
    if (at < 0) return 0;
    return this.#arrive(frame);
  }

  /** Decodes up to the end of the page in which it landed, where the place is known. */
  #arrive(frame: number): number {
    for (;;) {
      const packet = this.packets.next();
      if (packet === undefined) return frame;
      this.codec.decode(packet.bytes);
      if (packet.granule < 0) continue;
      this.#frame = packet.granule - this.codec.skipFrames;
      return Math.max(0, this.#frame);
    }
  }
}

function dropFront(block: SoundBlock, frames: number): void {
  const dropped = Math.min(frames, block.numFrames);
  for (const channel of block.channels) channel.copyWithin(0, dropped, block.numFrames);
  block.numFrames -= dropped;
}
