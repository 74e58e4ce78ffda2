/** What a node reads: the blocks of its sources, and, while one source gives way to another, both. */
import { type AnyBlock, silenceOf } from './blocks.js';
import type { CompiledInput } from './compile.js';
import { Crossfade, type FadeCurve } from './crossfade.js';
import type { AudioBlock, EventBlock, GraphEvent } from './node.js';
import type { NodeRunner } from './node-runner.js';

interface Feed {
  readonly name: string;
  readonly kind: CompiledInput['spec']['kind'];
  /** 0 for what is no audio. */
  readonly channels: number;
  readonly silence: AnyBlock;
  /** undefined: it reads silence. */
  readonly runner: NodeRunner | undefined;
  readonly port: string;
  readonly fade: Crossfade | undefined;
  /** The keys that the source before may have left down are let go in the next tick. */
  isHushed: boolean;
}

/** The runner of the node at a place in the compiled order. */
export type RunnerAt = (place: number) => NodeRunner;

const ALL_NOTES_OFF: GraphEvent = { frameOffset: 0, type: 'all-notes-off', pitch: 0, velocity: 0, id: 0 };

export class NodeInputs {
  /** By input: of this tick. Rewritten in place. */
  readonly blocks: Record<string, AnyBlock> = {};
  private feeds: Feed[];

  /** Not connected to anything until `connect`. */
  constructor(
    ports: readonly CompiledInput[],
    private readonly maxBlockFrames: number,
    private readonly curve: FadeCurve,
  ) {
    this.feeds = ports.map(({ name, spec, channels }, i) => {
      const silence = silenceOf(ports[i]!, maxBlockFrames);
      this.blocks[name] = silence;
      const { kind } = spec;
      return { name, kind, channels, silence, runner: undefined, port: '', fade: undefined, isHushed: false };
    });
  }

  /** The first sources, before the first tick. */
  connect(ports: readonly CompiledInput[], runnerAt: RunnerAt): void {
    this.feeds = this.feeds.map((feed, i) => ({ ...feed, ...sourceOf(ports[i]!, runnerAt) }));
  }

  /**
   * Other sources from the next tick on; those that stay are not touched. Audio cross-fades, of which the caller begins the
   * curve; conditioning and events switch. The ports are the same, of the same channels.
   */
  change(ports: readonly CompiledInput[], runnerAt: RunnerAt): void {
    this.feeds = this.feeds.map((feed, i): Feed => {
      const { runner, port } = sourceOf(ports[i]!, runnerAt);
      if (runner === feed.runner && port === feed.port) return feed;
      if (runner === undefined) this.blocks[feed.name] = feed.silence;
      const isAudio = feed.kind === 'audio';
      return {
        ...feed,
        runner,
        port,
        fade: isAudio ? new Crossfade(feed.runner, feed.port, feed.channels, this.maxBlockFrames) : undefined,
        isHushed: feed.kind === 'event' && feed.runner !== undefined,
      };
    });
  }

  get isFading(): boolean {
    return this.feeds.some(({ fade }) => fade !== undefined);
  }

  /** The fades are over. */
  settle(): void {
    for (let i = 0; i < this.feeds.length; i++) {
      const feed = this.feeds[i]!;
      if (feed.fade === undefined) continue;
      this.blocks[feed.name] = feed.silence;
      this.feeds[i] = { ...feed, fade: undefined };
    }
  }

  gather(numFrames: number): void {
    for (let i = 0; i < this.feeds.length; i++) {
      const feed = this.feeds[i]!;
      const { name, runner, port, fade } = feed;
      if (fade !== undefined) {
        const to = runner === undefined ? feed.silence : runner.current[port]!;
        this.blocks[name] = fade.towards(to as AudioBlock, this.curve, numFrames);
      } else if (feed.isHushed) {
        feed.isHushed = false;
        this.blocks[name] = hushed(runner?.current[port] as EventBlock | undefined);
      } else this.blocks[name] = runner === undefined ? feed.silence : runner.current[port]!;
    }
  }

  /** The runner and port that feed an input; undefined where nothing does. */
  source(name: string): { readonly runner: NodeRunner; readonly port: string } | undefined {
    for (let i = 0; i < this.feeds.length; i++) {
      const feed = this.feeds[i]!;
      if (feed.name === name)
        return feed.runner === undefined ? undefined : (feed as Feed & { runner: NodeRunner });
    }
    return undefined;
  }

  /** Everything that is read once the fades under way are over. */
  *sources(): Iterable<NodeRunner> {
    for (const { runner } of this.feeds) if (runner !== undefined) yield runner;
  }
}

function sourceOf({ source }: CompiledInput, runnerAt: RunnerAt): Pick<Feed, 'runner' | 'port'> {
  if (source === undefined) return { runner: undefined, port: '' };
  return { runner: runnerAt(source.node), port: source.port };
}

/** Once per change, so it may allocate. */
function hushed(block: EventBlock | undefined): EventBlock {
  const events = block === undefined ? [] : block.events.slice(0, block.count);
  return { events: [ALL_NOTES_OFF, ...events], count: events.length + 1 };
}
