/** An edit of the patch that plays: what must be made is made, and it waits for its frame. Audio thread. */
import {
  abandonSuccession,
  type GraphRun,
  type Patch,
  type Succession,
  type SuccessionObstacle,
} from '../../graph/index.js';

/** A patch that follows from the one that plays. */
export interface PatchEdit {
  readonly patch: Patch;
  /** Ids of nodes that lose their memory and their params although a node of the id and type was there before. */
  readonly anew: readonly string[];
}

/** Node by node; or, where that cannot be, as a whole. */
export type Followup =
  | { readonly kind: 'succession'; readonly succession: Succession }
  | { readonly kind: 'whole'; readonly run: GraphRun; readonly obstacle: SuccessionObstacle };

export class PendingEdit {
  private resolve!: (frame: number) => void;
  /** Resolves with the frame at which it was applied. */
  readonly applied = new Promise<number>((resolve) => {
    this.resolve = resolve;
  });

  constructor(
    readonly edit: PatchEdit,
    /** What it follows. */
    private readonly from: GraphRun,
    readonly followup: Followup,
    private readonly frame: number,
  ) {}

  /** It applies then: not before its frame, and not while an edit before it fades in. */
  dueFrame(now: number): number {
    return Math.max(this.frame, now + this.from.fadeFramesLeft);
  }

  done(frame: number): void {
    this.resolve(frame);
  }

  /** Nobody will hear what was made for it. */
  abandon(): Promise<void> {
    return this.followup.kind === 'whole'
      ? this.followup.run.dispose()
      : abandonSuccession(this.followup.succession);
  }
}
