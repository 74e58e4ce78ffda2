/**
 * All voices of an engine: patches that sound beside the one that plays, each at its place. How many may play is limited;
 * who is least important makes room. `tick` and what messages do belong to the audio path; a voice arrives built.
 */
import type { ActionValue, AudioBlock, GraphRun, ParamSetting, Patch } from '../../../graph/index.js';
import type { VoiceEndReason, VoiceMessage } from '../../control/index.js';
import { EngineError } from '../errors.js';
import type { EngineNotice } from '../notice.js';
import { type PreparedVoice, prefixed, serialPrefix, Voice, type VoiceOrder } from './voice.js';
import { VoicePool } from './voice-pool.js';

/** A voice that makes room is gone after this. */
export const stealFadeMs = 10;
export const defaultVoiceLimit = 32;
/** Of voices at once, and of voices kept ready, of all presets. */
export const mostVoices = 128;
/** Voices that may be built at once, beside those that pools build. */
const mostBuilding = 16;
/** Voices that fade out beside those that play; one more ends the oldest of them. */
const mostLeaving = 64;

export interface VoicesAround {
  /** What voices are added to, after the patch that plays has written it. */
  readonly mix: AudioBlock;
  readonly sampleRate: number;
  readonly blockFrames: number;
  /** Compiles, prepares and builds; rejects with a coded error. */
  build(patch: Patch): Promise<GraphRun>;
  /** It has sounded its last. */
  retire(run: GraphRun): void;
  notify(notice: EngineNotice): void;
  /** Goes on between blocks: the end waits for it. */
  track(work: Promise<unknown>): void;
}

export class Voices {
  /** In the order of their start: also the order in which they are summed. */
  private readonly sounding: Voice[] = [];
  private readonly byName = new Map<string, Voice>();
  private readonly pools = new Map<string, VoicePool>();
  private limit = defaultVoiceLimit;
  private lastSerial = 0;
  private numPlaying = 0;
  private building = 0;
  /** Times that a voice made room for another. */
  stolen = 0;

  constructor(private readonly around: VoicesAround) {}

  /** Voices that play; those that fade out are not counted. */
  get playing(): number {
    return this.numPlaying;
  }

  /**
   * Starts a voice with the next tick, at once when one is kept ready, else when it is built. Rejects with a coded error.
   * A voice that fades out gives its id up.
   */
  async start(order: VoiceOrder): Promise<void> {
    this.admit(order);
    const pool = order.serial === undefined ? this.pools.get(order.presetName) : undefined;
    const ready = pool?.take();
    if (ready !== undefined) {
      this.around.track(pool!.fill().catch((error: unknown) => this.refillFailed(order.presetName, error)));
      this.begin(order, ready);
      return;
    }
    if (this.building >= mostBuilding) {
      throw new EngineError('VOICE_BUSY', `${mostBuilding} voices are being built already.`);
    }
    this.building++;
    const built = await this.prepare(order.patch, order.serial).finally(() => {
      this.building--;
    });
    try {
      this.admit(order);
    } catch (error) {
      this.around.retire(built.run);
      throw error;
    }
    this.begin(order, built);
  }

  /** Keeps `count` voices of a preset ready; the pool's patch is this one from now on. Resolves when they are. */
  async keepReady(presetName: string, patch: Patch, count: number): Promise<void> {
    let all = count;
    for (const [name, { wanted }] of this.pools) if (name !== presetName) all += wanted;
    if (all > mostVoices) {
      throw new EngineError('VOICE_OPTION', `Expected at most ${mostVoices} voices ready, not ${all}.`);
    }
    await this.pools.get(presetName)?.keep(0);
    if (count === 0) {
      this.pools.delete(presetName);
      return;
    }
    const pool = new VoicePool(
      patch,
      (patch) => this.prepare(patch),
      ({ run }) => this.around.retire(run),
    );
    this.pools.set(presetName, pool);
    try {
      await pool.keep(count);
    } catch (error) {
      this.pools.delete(presetName);
      await pool.keep(0);
      throw error;
    }
  }

  /** Voices of a preset that are ready now. */
  ready(presetName: string): number {
    return this.pools.get(presetName)?.size ?? 0;
  }

  /** Adds all that sounds to the mix. */
  tick(startFrame: number, numFrames: number): void {
    const { sounding } = this;
    let kept = 0;
    for (let i = 0; i < sounding.length; i++) {
      const voice = sounding[i]!;
      voice.tick(startFrame, numFrames, this.around.mix);
      if (voice.strip.isOver) this.ended(voice);
      else sounding[kept++] = voice;
    }
    if (kept < sounding.length) sounding.length = kept;
  }

  /** A param of a node of a voice, or of a voice. Throws a coded error for what is not there. */
  setParam(nodeId: string, name: string, value: ParamSetting, rampMs?: number): void {
    const { voice, node } = this.find(nodeId);
    if (node === '') voice.strip.setGain(value, rampMs);
    else voice.run.setParam(voice.prefix + node, name, value, rampMs);
  }

  /** See `GraphRun.callAction`. */
  callAction(
    nodeId: string,
    name: string,
    args: readonly ActionValue[],
    onPending: () => void,
  ): Promise<ActionValue | undefined> {
    const { voice, node } = this.find(nodeId);
    return voice.run.callAction(voice.prefix + node, name, args, onPending);
  }

  /** Throws VOICE_UNKNOWN. */
  apply(message: VoiceMessage): void {
    switch (message.kind) {
      case 'voice-place':
        this.named(message.voice).strip.move(message, message.rampMs);
        break;
      case 'voice-fade':
        this.leave(this.named(message.voice), message.fadeMs, 'freed');
        break;
      case 'voice-free-all':
        this.endAll(message.fadeMs, 'freed');
        break;
      case 'voice-limit':
        this.limit = message.limit;
        while (this.numPlaying > this.limit) this.steal(this.leastImportant()!);
        break;
    }
  }

  endAll(fadeMs: number, reason: VoiceEndReason): void {
    for (const voice of this.sounding) this.leave(voice, fadeMs, reason);
  }

  /** As the world outside knows a node of a voice: `VOICE/NODE`. */
  publicId(nodeId: string): string {
    if (!nodeId.startsWith('~')) return nodeId;
    const voice = this.sounding.find(({ prefix }) => nodeId.startsWith(prefix));
    return voice === undefined ? nodeId : `${voice.id}/${nodeId.slice(voice.prefix.length)}`;
  }

  /** Every run, those that are kept ready too; nothing sounds any more. */
  close(): void {
    for (const { run } of this.sounding) this.around.retire(run);
    this.sounding.length = 0;
    this.byName.clear();
    this.numPlaying = 0;
    for (const pool of this.pools.values()) void pool.keep(0);
    this.pools.clear();
  }

  /** Throws when there is no room for it. */
  private admit({ id, priority }: VoiceOrder): void {
    const same = this.byName.get(id);
    if (same !== undefined && !same.strip.isLeaving) {
      throw new EngineError('VOICE_ID_TAKEN', `A voice "${id}" plays already.`);
    }
    if (this.numPlaying < this.limit) return;
    const least = this.leastImportant();
    if (least === undefined || least.start.priority > priority) {
      throw new EngineError(
        'VOICE_LIMIT',
        `${this.numPlaying} of ${this.limit} voices play, all of a priority above ${priority}.`,
      );
    }
  }

  private begin(order: VoiceOrder, prepared: PreparedVoice): void {
    if (this.numPlaying >= this.limit) this.steal(this.leastImportant()!);
    const { mix, blockFrames, sampleRate } = this.around;
    this.forgetName(order.id);
    const voice = new Voice(order, prepared, mix.channels.length, blockFrames, sampleRate);
    voice.run.notices$.subscribe(({ kind, nodeId, code, message }) => {
      const source = `${voice.id}/${nodeId.slice(voice.prefix.length)}`;
      this.around.notify({ kind, source, code, message: message.replaceAll(voice.prefix, `${voice.id}/`) });
    });
    this.byName.set(order.id, voice);
    this.sounding.push(voice);
    this.numPlaying++;
    this.around.notify({ kind: 'voice-started', order: { ...order, serial: prepared.serial } });
  }

  private async prepare(patch: Patch, serial = this.lastSerial + 1): Promise<PreparedVoice> {
    this.lastSerial = Math.max(this.lastSerial, serial);
    const prefix = serialPrefix(serial);
    try {
      return { run: await this.around.build(prefixed(patch, prefix)), serial };
    } catch (error) {
      // Names its nodes as the preset does.
      if (error instanceof Error) error.message = error.message.replaceAll(prefix, '');
      throw error;
    }
  }

  /** Of the lowest priority, and of those the oldest. */
  private leastImportant(): Voice | undefined {
    let least: Voice | undefined;
    for (const voice of this.sounding) {
      if (voice.strip.isLeaving) continue;
      if (least === undefined || voice.start.priority < least.start.priority) least = voice;
    }
    return least;
  }

  private steal(voice: Voice): void {
    this.stolen++;
    this.leave(voice, stealFadeMs, 'stolen');
  }

  private leave(voice: Voice, fadeMs: number, reason: VoiceEndReason): void {
    if (!voice.strip.isLeaving) this.numPlaying--;
    voice.leave(fadeMs, reason);
    if (this.sounding.length - this.numPlaying <= mostLeaving) return;
    this.sounding.find(({ strip }) => strip.isLeaving)?.strip.fadeOut(stealFadeMs);
  }

  private forgetName(id: string): void {
    const voice = this.byName.get(id);
    if (voice === undefined) return;
    this.byName.delete(id);
    voice.isNamed = false;
    this.around.notify({ kind: 'voice-ended', id, reason: voice.reason });
  }

  private ended(voice: Voice): void {
    if (voice.isNamed) this.forgetName(voice.id);
    this.around.retire(voice.run);
  }

  private refillFailed(presetName: string, error: unknown): void {
    const message = `No more voices of ${presetName} can be kept ready: ${(error as Error).message}`;
    this.around.notify({ kind: 'warning', source: 'voices', code: 'ENGINE_ACTION_FAILED', message });
  }

  private named(id: string): Voice {
    const voice = this.byName.get(id);
    if (voice === undefined) throw new EngineError('VOICE_UNKNOWN', `No voice "${id}" plays.`);
    return voice;
  }

  private find(nodeId: string): { voice: Voice; node: string } {
    const slash = nodeId.indexOf('/');
    const head = nodeId.slice(0, slash);
    const prefix = `${head}/`;
    const voice = head.startsWith('~')
      ? this.sounding.find((voice) => voice.prefix === prefix)
      : this.byName.get(head);
    if (voice === undefined) throw new EngineError('VOICE_UNKNOWN', `No voice "${head}" plays.`);
    return { voice, node: nodeId.slice(slash + 1) };
  }
}

/** Whether a message is meant for a node of a voice. */
export function isVoiceNode(nodeId: string): boolean {
  return nodeId.includes('/');
}
