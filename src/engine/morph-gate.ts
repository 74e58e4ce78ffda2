import type { ControlMessage } from '../control/messages.js';

type ParamMessage = ControlMessage & { readonly kind: 'param' };

interface Morphs {
  /** The newest that was heard of. */
  heard: number;
  /** Those up to this are over. */
  over: number;
}

/**
 * Which messages of morphs still count. A morph is said ahead, so some of it waits for its frame when a message by hand
 * comes, or a newer morph: the newest wins, and what is left of the older one is passed over. Belongs to the audio
 * thread; allocates when a param is first morphed.
 */
export class MorphGate {
  private newest = 0;
  private allOver = 0;
  private readonly params = new Map<string, Morphs>();

  /** A message has arrived; it may have to wait for its frame. */
  heard(message: ControlMessage): void {
    if (message.kind !== 'param' || message.morph === undefined) return;
    this.newest = Math.max(this.newest, message.morph);
    const morphs = this.of(message);
    morphs.heard = Math.max(morphs.heard, message.morph);
  }

  /** Whether a message whose frame has come still counts; what it ends is ended. */
  admits(message: ParamMessage): boolean {
    if (this.newest === 0) return true;
    if (message.morph === undefined) {
      const morphs = this.params.get(keyOf(message));
      if (morphs !== undefined) morphs.over = morphs.heard;
      return true;
    }
    const morphs = this.of(message);
    if (message.morph <= Math.max(morphs.over, this.allOver)) return false;
    morphs.over = message.morph - 1;
    return true;
  }

  /** Ends every morph that was heard of. */
  endAll(): void {
    this.allOver = this.newest;
  }

  private of(message: ParamMessage): Morphs {
    const key = keyOf(message);
    let morphs = this.params.get(key);
    if (morphs === undefined) {
      morphs = { heard: 0, over: 0 };
      this.params.set(key, morphs);
    }
    return morphs;
  }
}

function keyOf({ nodeId, name }: ParamMessage): string {
  return `${nodeId}/${name}`;
}
