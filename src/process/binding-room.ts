/** MIDI controls that are bound, on the engine's main thread: which there are, and what they lead to in the patch that plays. */
import type { Subscription } from 'rxjs';
import type { ParamSetting } from '../../graph/index.js';
import {
  type Binding,
  BindingBook,
  type BindingNews,
  type BindingOptions,
  checkTarget,
  controlText,
  describeBinding,
  entriesOf,
  type KeptBindings,
  mappingBeside,
  type NumberedBinding,
  parseMessageText,
  type ResolvedBinding,
  readMapping,
} from '../binding/index.js';
import type { AddressTable, ControlMessage } from '../control/index.js';
import { describeError } from '../engine/errors.js';
import type { Preset } from '../engine/presets.js';
import type { MidiHandle } from '../midi/start-midi-worker.js';
import { BINDINGS_ID } from '../midi/worker-protocol.js';
import { AddressIndex } from '../osc/address-index.js';
import type { OscHandle } from '../osc/index.js';
import type { Mirror } from './mirror.js';
import { valuesOf } from './mirror-values.js';
import type { PlayEventKind } from './play-options.js';

export interface BindingRoomParts {
  readonly mirror: Mirror;
  readonly osc: OscHandle;
  readonly midi: MidiHandle;
  /** The mirror has changed: whoever keeps a copy wants it soon. */
  mirrorChanged(): void;
  /** For the person at the terminal. */
  tell(event: PlayEventKind, message: string, code?: string): void;
}

/** Tables that come together are looked at once. */
const settleMs = 20;

export class BindingRoom {
  private readonly book: BindingBook;
  private index = new AddressIndex([]);
  private table: AddressTable = [];
  private bound: ReadonlySet<string> = new Set();
  /** Numbers of those that were told to lead nowhere. */
  private absent: ReadonlySet<number> = new Set();
  private learning: (BindingOptions & Pick<Binding, 'to'>) | undefined;
  private timer: NodeJS.Timeout | undefined;
  private readonly following: Subscription;

  constructor(
    private readonly parts: BindingRoomParts,
    kept?: KeptBindings,
  ) {
    this.book = new BindingBook(kept);
    this.following = parts.osc.table$.subscribe((table) => this.follow(table));
    this.following.add(parts.midi.bindingNews$.subscribe((news) => this.hear(news)));
  }

  all(): readonly NumberedBinding[] {
    return this.book.all();
  }

  /** Throws a coded error, and nothing has changed then. */
  add(binding: Binding): NumberedBinding {
    this.check(binding);
    const added = this.book.add(binding);
    this.changed();
    return added;
  }

  /** The next control that moves leads there. Throws a coded error where none can. */
  learn(wanted: BindingOptions & Pick<Binding, 'to'>): void {
    this.check({ ...wanted, control: { kind: 'cc', number: 0, channel: 0, port: '' } });
    this.learning = wanted;
    this.parts.midi.order({ kind: 'learn', isOn: true });
  }

  cancel(): void {
    this.learning = undefined;
    this.parts.midi.order({ kind: 'learn', isOn: false });
  }

  /** Throws a coded error, and nothing has changed then. */
  set(id: number, options: BindingOptions): void {
    const { control, to, min, max } = this.book.at(id);
    const ends = { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
    const binding = { ...options, ...ends, control, to };
    this.check(binding);
    this.book.change(id, binding);
    this.changed();
  }

  /** Throws `BIND_NO_SUCH`. */
  remove(id: number): void {
    this.book.remove(id);
    this.changed();
  }

  /** In the place of those made by hand. Throws a coded error, and nothing has changed then. */
  replaceOwn(bindings: readonly Binding[]): void {
    for (const binding of bindings) this.check(binding);
    this.book.replaceOwn(bindings);
    this.changed();
  }

  /** Another preset plays: its own mapping file, where it has one, takes the place of the one before. Never throws. */
  presetPlays({ file }: Partial<Pick<Preset, 'file'>>): void {
    let bindings: readonly Binding[] = [];
    try {
      const path = file === undefined ? undefined : mappingBeside(file);
      if (path !== undefined) bindings = readMapping(path);
      for (const binding of bindings) this.check(binding);
      this.book.replaceOfPreset(bindings);
    } catch (error) {
      const { code, message } = describeError(error, 'BIND_FILE');
      this.warn(code, `The controls of the preset are not bound: ${message}`);
      this.book.replaceOfPreset([]);
    }
    this.changed();
  }

  /** It plays again, with what was bound before. */
  refresh(): void {
    this.changed();
  }

  /** Messages took effect. */
  applied(messages: readonly ControlMessage[]): void {
    if (this.bound.size === 0) return;
    const changes = messages.flatMap((message) => {
      const change = changeOf(message);
      return change !== undefined && this.bound.has(change.address) ? [change] : [];
    });
    if (changes.length > 0) this.parts.midi.order({ kind: 'applied', changes });
  }

  close(): void {
    this.following.unsubscribe();
    clearTimeout(this.timer);
  }

  private check(binding: Binding): void {
    parseMessageText(binding.to);
    checkTarget(
      binding,
      entriesOf(binding, this.index, () => undefined),
    );
  }

  private follow(table: AddressTable): void {
    this.table = table;
    this.index = new AddressIndex(table);
    if (this.book.all().length === 0) return;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.resolve();
    }, settleMs);
  }

  private changed(): void {
    this.parts.mirror.setBindings(this.book.kept());
    this.resolve();
    this.parts.mirrorChanged();
  }

  /** What all bindings mean now goes to where they are played. */
  private resolve(): void {
    const values = valuesOf(this.table, this.parts.mirror.snapshot());
    const bindings: ResolvedBinding[] = this.book.all().map(({ id, binding }) => ({
      id,
      binding,
      entries: entriesOf(binding, this.index, ({ address }) => values.get(address)),
    }));
    this.bound = new Set(bindings.flatMap(({ entries }) => entries.map(({ entry }) => entry.address)));
    this.parts.midi.order({ kind: 'bindings', bindings });
    this.tellAbsent(bindings.filter(({ entries }) => entries.length === 0));
  }

  /** Once for each, until its address is there. */
  private tellAbsent(absent: readonly ResolvedBinding[]): void {
    const news = absent.filter(({ id }) => !this.absent.has(id));
    this.absent = new Set(absent.map(({ id }) => id));
    if (news.length === 0) return;
    const listed = news.slice(0, 4).map(({ id, binding }) => `${describeBinding(binding)} (${id})`);
    const rest = news.length > listed.length ? ` and ${news.length - listed.length} more` : '';
    this.warn('BIND_ADDRESS_ABSENT', `What plays has no such address: ${listed.join(', ')}${rest}.`);
  }

  private hear(news: BindingNews): void {
    if (news.kind === 'refused') {
      this.warn(news.code, news.message);
      return;
    }
    const { learning } = this;
    this.learning = undefined;
    if (learning === undefined) return;
    try {
      const { id, binding } = this.add({ ...learning, control: news.control });
      const control = controlText(binding.control);
      this.parts.osc.broadcast({ kind: 'control-learned', id, control, address: binding.to });
      this.parts.tell('midi', `Bound ${describeBinding(binding)} (${id}).`);
    } catch (error) {
      const { code, message } = describeError(error, 'BIND_TARGET');
      this.warn(code, message);
    }
  }

  private warn(code: string, message: string): void {
    this.parts.osc.broadcast({ kind: 'warning', source: BINDINGS_ID, code, message });
    this.parts.tell('warning', message, code);
  }
}

function changeOf(
  message: ControlMessage,
): { readonly address: string; readonly value: ParamSetting } | undefined {
  switch (message.kind) {
    case 'param':
      return { address: `/node/${message.nodeId}/${message.name}`, value: message.value };
    case 'master-gain':
      return { address: '/master/gain', value: message.gainDb };
    case 'master-mute':
      return { address: '/master/mute', value: message.muted };
    default:
      return undefined;
  }
}
