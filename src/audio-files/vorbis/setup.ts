/** The first and the third header of a Vorbis stream. The second has comments, which nobody here reads. */
import { viewOf } from '../file-bytes.js';
import { checkFormat, damaged } from '../limits.js';
import { Codebook } from './codebook.js';
import { Floor } from './floor.js';
import { bitsOf, PacketBits } from './packet-bits.js';
import { Residue } from './residue.js';

export interface VorbisInfo {
  readonly channels: number;
  readonly sampleRate: number;
  /** Of short and long blocks. */
  readonly blockSizes: readonly [number, number];
}

export interface VorbisMapping {
  /** Pairs of channels, one of magnitudes and one of angles. */
  readonly couplings: readonly { readonly magnitude: number; readonly angle: number }[];
  /** Of each channel. */
  readonly submapOf: readonly number[];
  readonly submaps: readonly { readonly floor: number; readonly residue: number }[];
}

export interface VorbisSetup {
  readonly books: readonly Codebook[];
  readonly floors: readonly Floor[];
  readonly residues: readonly Residue[];
  readonly mappings: readonly VorbisMapping[];
  readonly modes: readonly { readonly isLong: boolean; readonly mapping: number }[];
}

/** The headers of whoever reads the packets are told by their first bytes: a type, then the name. */
export function isVorbisHeader(packet: Uint8Array, type: 1 | 3 | 5): boolean {
  return packet[0] === type && String.fromCharCode(...packet.subarray(1, 7)) === 'vorbis';
}

export function readVorbisInfo(packet: Uint8Array): VorbisInfo {
  if (packet.length < 30) throw damaged('Its first header is cut short.');
  const view = viewOf(packet);
  const channels = packet[11]!;
  const sampleRate = view.getUint32(12, true);
  checkFormat(channels, sampleRate);
  const blockSizes = [1 << (packet[28]! & 15), 1 << (packet[28]! >> 4)] as const;
  if (blockSizes[0] < 64 || blockSizes[1] > 8192 || blockSizes[0] > blockSizes[1]) {
    throw damaged(`Its blocks have ${blockSizes.join(' and ')} samples; expected 64 to 8192.`);
  }
  return { channels, sampleRate, blockSizes };
}

export function readVorbisSetup(packet: Uint8Array, channels: number): VorbisSetup {
  const bits = new PacketBits();
  bits.begin(packet.subarray(7));
  const books = listOf(bits, 8, () => new Codebook(bits));
  listOf(bits, 6, () => bits.take(16));
  const floors = listOf(bits, 6, () => new Floor(bits, books));
  const residues = listOf(bits, 6, () => new Residue(bits, books));
  const mappings = listOf(bits, 6, () => readMapping(bits, channels, floors.length, residues.length));
  const modes = listOf(bits, 6, () => {
    const isLong = bits.take(1) === 1;
    bits.take(32);
    return { isLong, mapping: below(bits.take(8), mappings.length) };
  });
  if (bits.take(1) !== 1 || bits.isOver) throw damaged('Its setup is cut short.');
  return { books, floors, residues, mappings, modes };
}

function readMapping(bits: PacketBits, channels: number, floors: number, residues: number): VorbisMapping {
  if (bits.take(16) !== 0) throw damaged('Its setup has a mapping of no known type.');
  const numSubmaps = bits.take(1) === 1 ? bits.take(4) + 1 : 1;
  const width = bitsOf(channels - 1);
  const numCouplings = bits.take(1) === 1 ? bits.take(8) + 1 : 0;
  const couplings = Array.from({ length: numCouplings }, () => {
    const magnitude = below(bits.take(width), channels);
    const angle = below(bits.take(width), channels);
    if (magnitude === angle) throw damaged('Its setup couples a channel with itself.');
    return { magnitude, angle };
  });
  bits.take(2);
  const submapOf = Array.from({ length: channels }, () =>
    numSubmaps > 1 ? below(bits.take(4), numSubmaps) : 0,
  );
  const submaps = Array.from({ length: numSubmaps }, () => {
    bits.take(8);
    return { floor: below(bits.take(8), floors), residue: below(bits.take(8), residues) };
  });
  return { couplings, submapOf, submaps };
}

function listOf<T>(bits: PacketBits, width: number, read: () => T): T[] {
  return Array.from({ length: bits.take(width) + 1 }, () => {
    if (bits.isOver) throw damaged('Its setup is cut short.');
    return read();
  });
}

function below(index: number, count: number): number {
  if (index >= count) throw damaged('Its setup names something that is not there.');
  return index;
}
