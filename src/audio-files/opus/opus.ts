/** Opus in Ogg (RFC 7845), decoded by the package opus-decoder: libopus as WebAssembly. */
import { OpusDecoder } from 'opus-decoder';
import type { SoundBlock } from '../audio-reader.js';
import { viewOf } from '../file-bytes.js';
import { checkFormat, damaged } from '../limits.js';
import type { PacketCodec } from '../ogg/ogg-decoder.js';

/** The clock of every Opus stream, whatever was recorded. */
const RATE_HZ = 48_000;
/** After 80 ms a decoder that began anywhere has forgotten where. */
const PRE_ROLL_FRAMES = 3840;

export function isOpusHeader(packet: Uint8Array): boolean {
  return String.fromCharCode(...packet.subarray(0, 8)) === 'OpusHead';
}

export class OpusCodec implements PacketCodec {
  readonly description = 'Ogg Opus';
  readonly sampleRate = RATE_HZ;
  readonly channels: number;
  readonly skipFrames: number;
  readonly preRollFrames = PRE_ROLL_FRAMES;
  readonly #decoder: OpusDecoder;
  readonly #gain: number;

  /** From the first packet of the stream. Throws AUDIO_FILE_DAMAGED. */
  static async open(head: Uint8Array): Promise<OpusCodec> {
    if (head.length < 19 || head[8]! > 15)
      throw damaged('Its first header is cut short, or of another kind.');
    const view = viewOf(head);
    const channels = head[9]!;
    checkFormat(channels, RATE_HZ);
    const layout = head[18] === 0 ? simpleLayout(channels) : readLayout(head, channels);
    const decoder = new OpusDecoder({ channels, ...layout });
    await decoder.ready;
    return new OpusCodec(decoder, channels, view.getUint16(10, true), view.getInt16(16, true));
  }

  private constructor(decoder: OpusDecoder, channels: number, skipFrames: number, gain: number) {
    this.#decoder = decoder;
    this.channels = channels;
    this.skipFrames = skipFrames;
    this.#gain = 10 ** (gain / 256 / 20);
  }

  decode(packet: Uint8Array): SoundBlock | undefined {
    // The decoder copies a packet into memory of a size that no honest one needs.
    if (packet.length === 0 || packet.length > 1275 * 6 * this.channels) return undefined;
    let decoded: ReturnType<OpusDecoder['decodeFrame']>;
    try {
      decoded = this.#decoder.decodeFrame(packet);
    } catch {
      return undefined;
    }
    if (decoded.errors.length > 0) return undefined;
    if (this.#gain !== 1) for (const channel of decoded.channelData) scale(channel, this.#gain);
    return { channels: decoded.channelData, numFrames: decoded.samplesDecoded };
  }

  restart(): Promise<void> {
    return this.#decoder.reset();
  }
}

interface OpusLayout {
  readonly streamCount: number;
  readonly coupledStreamCount: number;
  readonly channelMappingTable: number[];
}

function simpleLayout(channels: number): OpusLayout {
  if (channels > 2) throw damaged(`It says that it has ${channels} channels and not which is which.`);
  return {
    streamCount: 1,
    coupledStreamCount: channels - 1,
    channelMappingTable: channels === 2 ? [0, 1] : [0],
  };
}

function readLayout(head: Uint8Array, channels: number): OpusLayout {
  const streamCount = head[19] ?? 0;
  const coupledStreamCount = head[20] ?? 0;
  const channelMappingTable = [...head.subarray(21, 21 + channels)];
  const outputs = streamCount + coupledStreamCount;
  const isWhole = channelMappingTable.length === channels;
  const isKnown = channelMappingTable.every((index) => index < outputs || index === 255);
  if (!isWhole || !isKnown || streamCount < 1 || coupledStreamCount > streamCount || outputs > 255) {
    throw damaged('It says wrongly which of its channels is which.');
  }
  return { streamCount, coupledStreamCount, channelMappingTable };
}

function scale(samples: Float32Array, gain: number): void {
  for (let i = 0; i < samples.length; i++) samples[i] = samples[i]! * gain;
}
