/** A performer who plays at random: messages that make sense, most of the time, for what plays. */
import type { ActionArgSpec, ParamSpec } from '../../graph/index.js';
import { createNodeRegistry } from '../../src/container/node-registry.js';
import { type AddressEntry, addressTableOf } from '../../src/control/index.js';
import { readPreset } from '../../src/engine/presets.js';
import type { OscArg, OscMessage } from '../../src/osc/index.js';
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
const LEFT_OUT = /^\/(quit|panic|status|version|sync|notify|master|preset)/;

export class RandomSession {
  private readonly random: () => number;
  private readonly registry = createNodeRegistry();
  private table: readonly AddressEntry[] = [];

  constructor(
    seed: number,
    /** The first plays already. */
    private readonly presets: readonly string[],
  ) {
    this.random = seededRandom(seed);
    this.follow(presets[0]!);
  }

  /** The next message, and how long until then. */
  next(): { readonly message: OscMessage; readonly afterMs: number } {
    const afterMs = 20 + 120 * this.random() ** 2;
    const dice = this.random();
    if (dice < 0.01) return { message: message('/panic'), afterMs };
    if (dice < 0.03) {
      const name = this.oneOf(this.presets);
      this.follow(name);
      return { message: message('/preset/load', { type: 's', value: name }), afterMs: 400 };
    }
    if (dice < 0.06) {
      return { message: message('/master/gain', { type: 'f', value: -30 * this.random() }), afterMs };
    }
    return { message: this.touch(this.oneOf(this.table)), afterMs };
  }

  private follow(preset: string): void {
    const { patch } = readPreset(preset);
    this.table = addressTableOf(patch, this.registry).filter(({ address }) => !LEFT_OUT.test(address));
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
        return [{ type: 's', value: this.oneOf(spec.options) }];
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
        return [{ type: 's', value: this.oneOf(TEXTS[name] ?? ['dusk']) }];
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

function message(address: string, ...args: readonly OscArg[]): OscMessage {
  return { kind: 'message', address, args };
}
