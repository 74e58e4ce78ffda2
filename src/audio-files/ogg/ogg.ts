/** Ogg files: whose packets they are is told by the first of them. */
import type { BlockDecoder, Faults } from '../audio-reader.js';
import { AudioFileError } from '../errors.js';
import { type Bytes, tagAt } from '../file-bytes.js';
import { damaged } from '../limits.js';
import { isOpusHeader, OpusCodec } from '../opus/opus.js';
import { isVorbisHeader, readVorbisInfo, readVorbisSetup } from '../vorbis/setup.js';
import { VorbisCodec } from '../vorbis/vorbis.js';
import { OggDecoder, type PacketCodec } from './ogg-decoder.js';
import { OggPackets } from './pages.js';

export function isOgg(head: Uint8Array): boolean {
  return tagAt(head) === 'OggS';
}

export async function openOgg(bytes: Bytes, faults: Faults): Promise<BlockDecoder> {
  const packets = new OggPackets(bytes, faults);
  const first = packets.next()?.bytes;
  if (first === undefined) throw damaged('None of its pages is whole.');
  return new OggDecoder(packets, await openCodec(first, packets), faults);
}

async function openCodec(first: Uint8Array, packets: OggPackets): Promise<PacketCodec> {
  if (isOpusHeader(first)) {
    packets.next();
    return OpusCodec.open(first);
  }
  if (!isVorbisHeader(first, 1)) {
    const name = String.fromCharCode(...first.subarray(0, 8)).replace(/[^ -~]/g, '.');
    throw new AudioFileError('AUDIO_FILE_UNSUPPORTED', `Its stream is of the kind "${name}".`);
  }
  const info = readVorbisInfo(first);
  const comments = packets.next()?.bytes;
  const setup = packets.next()?.bytes;
  if (!comments || !setup || !isVorbisHeader(comments, 3) || !isVorbisHeader(setup, 5)) {
    throw damaged('Its headers are not all there.');
  }
  return new VorbisCodec(info, readVorbisSetup(setup, info.channels));
}
