/** Inputs of the sound card, on their way into a take: one ring for each node that hears one. On the audio thread. */
import type { AudioInputTap } from '../../nodes/index.js';
import type { TakeWatch } from '../takes/index.js';
import type { TakeInputNews } from './audio-link.js';
import { TapRing } from './tap-ring.js';

const channels = 2;
const ringSeconds = 10;

export class TakeInputs {
  private readonly rings: TapRing[] = [];
  watch: TakeWatch | undefined;

  /** `post`: to whoever writes the files. */
  constructor(
    private readonly sampleRate: number,
    private readonly post: (news: TakeInputNews) => void,
  ) {}

  /** Off the audio path; the tap belongs to one node of one patch. */
  open(nodeId: string): AudioInputTap {
    const file = `inputs/${this.rings.length + 1}-${fileNameOf(nodeId)}.wav`;
    const ring = new TapRing(TapRing.allocate(ringSeconds * this.sampleRate, channels), channels);
    this.rings.push(ring);
    this.post({ kind: 'take-input', file, ring: ring.memory });
    let block: { readonly channels: readonly Float32Array[] } | undefined;
    return (startFrame, heard, numFrames) => {
      if (block?.channels !== heard) {
        if (block === undefined) this.watch?.noteInput(nodeId, startFrame, file);
        block = { channels: heard };
      }
      ring.write(block, numFrames);
    };
  }

  /** Frames that did not fit. */
  get dropped(): number {
    let dropped = 0;
    for (let i = 0; i < this.rings.length; i++) dropped += this.rings[i]!.dropped;
    return dropped;
  }
}

/** As takes have it: nodes of voices have signs in their ids that file names have not. */
function fileNameOf(nodeId: string): string {
  return nodeId.replaceAll(/[^A-Za-z0-9_-]+/g, '_').slice(0, 64);
}
