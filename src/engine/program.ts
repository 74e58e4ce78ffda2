/**
 * The patch that plays and those that follow it: loaded, edited, or built anew after a panic, one after the other. Whatever
 * is asynchronous runs between blocks; `tick` and what is called from it belong to the audio path.
 */
import type { AudioBlock, GraphRun, Patch, SuccessionObstacle } from '../../graph/index.js';
import { buildRun, compileFor } from './build-run.js';
import { Deck } from './deck.js';
import { describeError } from './errors.js';
import type { EngineNotice } from './notice.js';
import type { EngineOptions } from './options.js';
import { type Followup, type PatchEdit, PendingEdit } from './pending-edit.js';
import { WorkInProgress } from './work-in-progress.js';

/** A new patch and the old one, side by side, unless another time is asked for. */
export const crossFadeMs = 30;

/** Why an edit was not done node by node. */
const editedWhole: Readonly<Record<SuccessionObstacle, string>> = {
  loop: 'The old edges and the new ones together make a loop: the patch was built anew as a whole, every node at its start.',
  channels:
    'The output has another count of channels: the patch was built anew as a whole, every node at its start.',
};

export interface ProgramPorts {
  notify(notice: EngineNotice): void;
  /** Another graph plays, or the one that plays is another now. */
  graphChanged(run: GraphRun): void;
}

export class Program {
  /** Nodes that are being prepared, runs that are being disposed of. */
  readonly pending = new WorkInProgress();
  private readonly deck: Deck<GraphRun>;
  private run: GraphRun | undefined;
  private patch: Patch;
  private name: string;
  /** Frames played. */
  private now = 0;
  /** Loads and edits happen one after the other. */
  private loading: Promise<unknown> = Promise.resolve();
  private readonly turns = new WorkInProgress();
  /** Made, and waiting for its frame. */
  private edit: PendingEdit | undefined;
  private readonly onEditWaits: (() => void)[] = [];
  private isRebuildQueued = false;

  constructor(
    private readonly options: EngineOptions,
    private readonly ports: ProgramPorts,
  ) {
    const { channels, blockFrames, sampleRate, patch, presetName } = options;
    this.patch = patch;
    this.name = presetName;
    this.deck = new Deck(channels, blockFrames, sampleRate, (run) => this.retire(run));
  }

  /** Of all that plays; rewritten every tick. */
  get mix(): AudioBlock {
    return this.deck.mix;
  }

  /** The run that params and actions go to: the last one put on, also while a panic keeps the deck empty. */
  get active(): GraphRun {
    return this.run!;
  }

  /** The run that plays or fades in; undefined while a panic keeps everything silent. */
  get playing(): GraphRun | undefined {
    return this.deck.current;
  }

  get presetName(): string {
    return this.name;
  }

  /** Once, before the first tick. */
  begin(run: GraphRun): void {
    this.putOn(run, 0);
  }

  /** Before a tick: an edit whose frame has come is applied. */
  applyDue(): void {
    if (this.edit !== undefined && this.edit.dueFrame(this.now) <= this.now) this.apply(this.edit);
  }

  /** A tick must end there; Infinity when nothing waits. */
  nextFrame(): number {
    return this.edit?.dueFrame(this.now) ?? Number.POSITIVE_INFINITY;
  }

  tick(startFrame: number, numFrames: number): void {
    this.deck.tick(startFrame, numFrames);
    this.now = startFrame + numFrames;
  }

  /** See `Engine.loadPatch`. */
  load(patch: Patch, presetName: string, fadeMs: number): Promise<void> {
    return this.inTurn(async () => {
      const run = await buildRun(patch, this.options);
      this.patch = patch;
      this.name = presetName;
      this.putOn(run, fadeMs);
      this.ports.notify({ kind: 'patch', presetName, patch, fadeMs });
    });
  }

  /** See `Engine.editPatch`. */
  change(edit: PatchEdit, frame: number): Promise<number> {
    return this.inTurn(async () => {
      const { active } = this;
      const work = this.prepareFollowup(active, edit);
      this.pending.add(work);
      const pending = new PendingEdit(edit, active, await work, frame);
      if (this.playing !== active || pending.dueFrame(this.now) <= this.now) this.apply(pending);
      else this.wait(pending);
      return pending.applied;
    });
  }

  /** Fades everything out. */
  clear(fadeMs: number): void {
    this.deck.clear(fadeMs);
  }

  /** Silence within `fadeMs`, whatever the patch does; then it is built anew, unless that is done by hand. */
  panic(fadeMs: number): void {
    this.deck.clear(fadeMs);
    // The rebuild is that of the edited patch.
    if (this.edit !== undefined) this.apply(this.edit);
    if (this.isRebuildQueued || this.options.isRebuiltByHand) return;
    this.isRebuildQueued = true;
    void this.rebuild().catch((error: unknown) => {
      const { code, message } = describeError(error, 'ENGINE_ACTION_FAILED');
      this.warn(code, `The patch stays silent after /panic: ${message}`);
    });
  }

  /** The patch anew, with its params as they are set, fades in. `patch`: another in its place. */
  rebuild(patch?: Patch): Promise<void> {
    return this.inTurn(async () => {
      this.isRebuildQueued = false;
      const wanted = patch ?? this.patch;
      const old = this.active;
      const run = await buildRun(wanted, this.options);
      this.patch = wanted;
      run.takeParams(old);
      this.putOn(run, crossFadeMs);
      this.ports.notify({ kind: 'rebuilt', patch: wanted });
    });
  }

  /** Off the audio path, once it has played; the deck is done with it. */
  retire(run: GraphRun): void {
    this.pending.add(
      run.dispose().catch((error: unknown) => {
        const { code, message } = describeError(error, 'ENGINE_ACTION_FAILED');
        this.warn(code, message);
      }),
    );
  }

  /** Resolves when nothing of `underWay` is, and no load; what waits for a frame is not waited for. */
  async settled(underWay: () => readonly Promise<unknown>[]): Promise<void> {
    for (;;) {
      const work = underWay();
      if (work.length > 0) await Promise.allSettled(work);
      else if (this.turns.size === 0 || this.edit !== undefined) return;
      else
        await Promise.race([...this.turns.all(), new Promise<void>((seen) => this.onEditWaits.push(seen))]);
    }
  }

  /** What still waits is not done any more; all runs end. There are no ticks any more. */
  async close(): Promise<void> {
    const settled = (): Promise<void> => this.settled(() => this.pending.all());
    await settled();
    this.deck.clear(0);
    while (this.edit !== undefined) {
      this.apply(this.edit);
      await settled();
    }
    for (const run of [...this.deck.runs()]) this.retire(run);
    await settled();
  }

  private inTurn<T>(load: () => Promise<T>): Promise<T> {
    const turn = this.loading.catch(() => undefined).then(load);
    this.loading = turn;
    this.turns.add(turn);
    return turn;
  }

  /** What lets `from` go on as the edit says; or, where that cannot be node by node, a run in its place. */
  private async prepareFollowup(from: GraphRun, { patch, anew }: PatchEdit): Promise<Followup> {
    const plan = from.plan(compileFor(patch, this.options), anew);
    if (typeof plan === 'string') {
      return { kind: 'whole', run: await buildRun(patch, this.options), obstacle: plan };
    }
    const succession = await from.prepareSuccession(plan, this.options.parts.services);
    return { kind: 'succession', succession };
  }

  private wait(pending: PendingEdit): void {
    this.edit = pending;
    for (const seen of this.onEditWaits.splice(0)) seen();
  }

  private apply(pending: PendingEdit): void {
    const { edit, followup } = pending;
    this.edit = undefined;
    this.patch = edit.patch;
    pending.done(this.now);
    if (this.playing !== this.run) {
      // After a panic the patch is built anew as a whole, as this one.
      this.pending.add(pending.abandon());
      return;
    }
    if (followup.kind === 'succession') {
      this.active.succeed(followup.succession, edit.anew);
      this.ports.graphChanged(this.active);
    } else {
      followup.run.takeParams(this.active, edit.anew);
      this.putOn(followup.run, crossFadeMs);
      this.warn('ENGINE_EDIT_WHOLE', editedWhole[followup.obstacle]);
    }
    this.ports.notify({ kind: 'edit', edit });
  }

  private putOn(run: GraphRun, fadeMs: number): void {
    run.notices$.subscribe(({ kind, nodeId, code, message }) =>
      this.ports.notify({ kind, source: nodeId, code, message }),
    );
    this.run = run;
    this.deck.put(run, fadeMs);
    this.ports.graphChanged(run);
  }

  private warn(code: string, message: string): void {
    this.ports.notify({ kind: 'warning', source: 'engine', code, message });
  }
}
