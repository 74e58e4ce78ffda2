/** A performer who plays at random: messages that make sense, most of the time, for what plays. */
import type { ActionArgSpec, ParamSpec } from '../../graph/index.js';
import { createNodeRegistry } from '../../src/container/node-registry.js';
import { type AddressEntry, addressTableOf } from '../../src/control/index.js';
import { readPreset } from '../../src/engine/presets.js';
import type { OscArg, OscMessage, OscPacket } from '../../src/osc/index.js';
import { seededRandom } from './random.js';

const WATER = 'models/zoo/textures/held-out/water.wav';
/** Beyond it models run away, and where their watchdog takes them back is not the same again. */
const MOST_TEMPERATURE = 1;
/** Texts and names that some action takes. */
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  name: ['dusk', 'dawn'],
  a: ['dusk'],
  b: ['dawn'],
  tiers: ['all', 'slow', 'fast'],
  file: [WATER],
  text: ['over the ocean', 'we follow the moon'],
  phones: ['l aa', 'hh:80 ah l:60 ow:300'],
  word: ['left', 'go'],
  steps: ['60 - 64 67'],
};
/** What a session is not to do by itself. */
const LEFT_OUT = /^\/(?!node\/)/;
const VOICES = ['fox', 'owl', 'elk'];
const SNAPSHOTS = ['dusk', 'dawn'];

export class RandomSession {
  private readonly random: () => number;
  private readonly registry = createNodeRegistry();
  private table: readonly AddressEntry[] = [];
  /** Outputs of the patch, before each of the levels that were put behind it. */
  private outputs: string[] = [];
  private numLevels = 0;

  constructor(
    seed: number,
    /** The first plays already. */
    private readonly presets: readonly string[],
    /** Addresses that are let alone. */
    private readonly leftOut: RegExp = /^$/,
  ) {
    this.random = seededRandom(seed);
    this.follow(presets[0]!);
  }

  /** The next packet, and how long until then. */
  next(): { readonly packet: OscPacket; readonly afterMs: number } {
    const afterMs = 20 + 120 * this.random() ** 2;
    const dice = this.random();
    if (dice < 0.01) return { packet: message('/panic'), afterMs };
    if (dice < 0.03) {
      const name = this.oneOf(this.presets);
      this.follow(name);
      const fadeMs = this.random() < 0.5 ? [{ type: 'f', value: 1500 * this.random() } as const] : [];
      return { packet: message('/preset/load', text(name), ...fadeMs), afterMs: 400 };
    }
    if (dice < 0.05) {
      return { packet: message('/master/gain', { type: 'f', value: -30 * this.random() }), afterMs };
    }
    if (dice < 0.09) return { packet: this.edit(), afterMs };
    if (dice < 0.14) return { packet: this.voice(), afterMs };
    if (dice < 0.18) return { packet: this.snapshot(), afterMs };
    return { packet: this.touch(this.oneOf(this.table)), afterMs };
  }

  private follow(preset: string): void {
    const { patch } = readPreset(preset);
    this.outputs = [patch.output];
    this.table = addressTableOf(patch, this.registry).filter(
      ({ address }) => !LEFT_OUT.test(address) && !this.leftOut.test(address),
    );
  }

  /** A level behind all, or the last one out again. */
  private edit(): OscPacket {
    const output = this.outputs.at(-1)!;
    if (this.outputs.length > 1 && this.random() < 0.5) {
      this.outputs.pop();
      const [id = ''] = output.split('.');
      return bundle(message('/graph/output', text(this.outputs.at(-1)!)), message('/graph/remove', text(id)));
    }
    const id = `level-${++this.numLevels}`;
    this.outputs.push(`${id}.audio`);
    return bundle(
      message('/graph/add', text('gain'), text(id)),
      message('/graph/setting', text(id), text('gainDb'), { type: 'f', value: -6 * this.random() }),
      message('/graph/connect', text(output), text(`${id}.audio`)),
      message('/graph/output', text(`${id}.audio`)),
    );
  }

  private voice(): OscPacket {
    const id = this.oneOf(VOICES);
    const dice = this.random();
    if (dice < 0.4) return message('/voice/new', text('shore'), text(id), { type: 'i', value: 1 });
    if (dice < 0.6) return message('/voice/free', text(id));
    const place = [this.between(-180, 180), this.between(0.5, 10)].map(
      (value) => ({ type: 'f', value }) as const,
    );
    return message(`/voice/${id}/position`, ...place, { type: 'f', value: 300 });
  }

  private snapshot(): OscPacket {
    const name = text(this.oneOf(SNAPSHOTS));
    const dice = this.random();
    if (dice < 0.4) return message('/snapshot/store', name);
    if (dice < 0.6) return message('/snapshot/recall', name, { type: 'f', value: 500 * this.random() });
    return message('/morph/to', name, { type: 'f', value: 2000 * this.random() }, text('s'));
  }

  private touch({ address, target }: AddressEntry): OscMessage {
    if (target.kind === 'action')
      return message(address, ...target.args.flatMap((arg) => this.argument(arg)));
    if (target.kind === 'param') return message(address, ...this.setting(target.name, target.spec));
    return message('/master/mute', { type: 'F' });
  }

  private setting(name: string, spec: ParamSpec): readonly OscArg[] {
    switch (spec.type) {
      case 'bool':
        return [{ type: this.random() < 0.5 ? 'T' : 'F' }];
      case 'enum':
        return [text(this.oneOf(spec.options))];
      case 'int':
        return [{ type: 'i', value: Math.round(this.between(spec.min, Math.min(spec.max, 256))) }];
      default: {
        const max = name === 'temperature' ? MOST_TEMPERATURE : spec.max;
        const value = { type: 'f', value: this.between(spec.min, max) } as const;
        return this.random() < 0.3 ? [value, { type: 'f', value: 800 * this.random() }] : [value];
      }
    }
  }

  private argument({ name, type, optional }: ActionArgSpec): readonly OscArg[] {
    if (optional && this.random() < 0.5) return [];
    switch (type) {
      case 'string':
        return [text(this.oneOf(TEXTS[name] ?? ['dusk']))];
      case 'bool':
        return [{ type: this.random() < 0.5 ? 'T' : 'F' }];
      case 'int':
        return [{ type: 'i', value: Math.round(this.between(36, 84)) }];
      default:
        return [{ type: 'f', value: this.random() }];
    }
  }

  private between(min: number, max: number): number {
    return min + (max - min) * this.random();
  }

  private oneOf<T>(items: readonly T[]): T {
    return items[Math.floor(this.random() * items.length)]!;
  }
}

function text(value: string): OscArg {
  return { type: 's', value };
}

function bundle(...elements: readonly OscMessage[]): OscPacket {
  return { kind: 'bundle', timeTag: { seconds: 0, fraction: 1 }, elements };
}

function message(address: string, ...args: readonly OscArg[]): OscMessage {
  return { kind: 'message', address, args };
}
