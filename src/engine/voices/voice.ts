/** One voice: a patch that runs, and its channel strip. */
import type { AudioBlock, GraphRun, Patch } from '../../../graph/index.js';
import type { VoiceEndReason, VoiceStart } from '../../control/index.js';
import { VoiceStrip } from './voice-strip.js';

/** A voice to be started. */
export interface VoiceOrder extends VoiceStart {
  readonly patch: Patch;
  /** Of a replay: what its chance derives from. A new one when left out. */
  readonly serial?: number;
}

/** A patch that is ready to sound. Inside the engine its nodes have ids of their own: see `serialPrefix`. */
export interface PreparedVoice {
  readonly run: GraphRun;
  readonly serial: number;
}

/** No node of a patch has such an id. Their seeds derive from their ids, so no two voices sound the same. */
export function serialPrefix(serial: number): string {
  return `~${serial}/`;
}

/** The same patch, every node under a prefix. */
export function prefixed(patch: Patch, prefix: string): Patch {
  return {
    ...patch,
    nodes: patch.nodes.map((node) => ({ ...node, id: prefix + node.id })),
    edges: patch.edges.map((edge) => ({ ...edge, from: prefix + edge.from, to: prefix + edge.to })),
    output: prefix + patch.output,
  };
}

export class Voice {
  readonly strip: VoiceStrip;
  readonly run: GraphRun;
  /** Inside the engine its nodes' ids begin with it. */
  readonly prefix: string;
  /** Why it leaves. */
  reason: VoiceEndReason = 'freed';
  /** False from when another has its id. */
  isNamed = true;

  constructor(
    readonly start: VoiceStart,
    prepared: PreparedVoice,
    channels: number,
    maxBlockFrames: number,
    sampleRate: number,
  ) {
    this.run = prepared.run;
    this.prefix = serialPrefix(prepared.serial);
    this.strip = new VoiceStrip(start, start.gainDb, channels, maxBlockFrames, sampleRate);
  }

  get id(): string {
    return this.start.id;
  }

  tick(startFrame: number, numFrames: number, mix: AudioBlock): void {
    this.run.tick(startFrame, numFrames);
    this.strip.add(this.run.output(), mix, numFrames);
  }

  /** Begins to fade out, or fades faster. Why it leaves is what was said first. */
  leave(fadeMs: number, reason: VoiceEndReason): void {
    if (!this.strip.isLeaving) this.reason = reason;
    this.strip.fadeOut(fadeMs);
  }
}
