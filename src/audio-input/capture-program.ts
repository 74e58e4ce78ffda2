/** One way to get at the inputs of a machine: always a process of its own, so that no driver can take the engine with it. */
import type { AudioInputCode } from './errors.js';

export interface CaptureWish {
  /** Part of a name, in any case; empty for the default input. */
  readonly device: string;
  readonly channels: 1 | 2;
  /** Of the device, from 1. */
  readonly firstChannel: number;
  /** Hz, that it be recorded at if the device can. */
  readonly sampleRate: number;
  /** That come at once. */
  readonly pieceFrames: number;
}

/** What comes. */
export interface CaptureFormat {
  /** For people. */
  readonly device: string;
  /** Hz. */
  readonly sampleRate: number;
  /** Of each frame, interleaved float32 in the byte order of the machine. */
  readonly channels: number;
}

export interface CaptureEnd {
  readonly code: AudioInputCode;
  /** Without a full stop, to be joined with others. */
  readonly sentence: string;
}

/** Called on the thread that started the capture. */
export interface CaptureListener {
  /** Once, before any sound. */
  opened(format: CaptureFormat): void;
  /** Bytes cut anywhere. Borrowed. */
  sound(bytes: Uint8Array): void;
  /** Once, also where it never opened; not after `stop`. */
  ended(end: CaptureEnd): void;
}

export interface RunningCapture {
  /** Nothing is called any more, and the process ends. */
  stop(): void;
}

export interface CaptureProgram {
  readonly name: string;
  start(wish: CaptureWish, listener: CaptureListener): RunningCapture;
}

/** Channels that have to be recorded for those that are wished for. */
export function channelsFor({ channels, firstChannel }: CaptureWish): number {
  return firstChannel - 1 + channels;
}

/** Whether a part of the name is as asked for, in any case. */
export function isNamed(name: string, part: string): boolean {
  return name.toLowerCase().includes(part.toLowerCase());
}

/** For a message: which inputs there are. */
export function listed(names: readonly string[]): string {
  return names.length === 0 ? 'there is none' : `there are ${names.slice(0, 20).join(', ')}`;
}
