/** What every param holds, as the engine tells it, and what it was asked to hold a moment ago. */
import type { ParamSetting } from '../../graph/index.js';

export type ValueChanges = readonly (readonly [address: string, value: ParamSetting])[];

/** A value that was asked for is taken for true for so long: by then the engine has told its own. */
export const ASKED_COUNTS_MS = 150;

export class ValueBoard {
  private told = new Map<string, ParamSetting>();
  private readonly asked = new Map<string, { readonly value: ParamSetting; readonly untilMs: number }>();

  /** Some of them, or, when `isWhole`, all there are. Returns the addresses whose value is another than before. */
  tell(changes: ValueChanges, isWhole: boolean): readonly string[] {
    const before = this.told;
    if (isWhole) {
      this.told = new Map(changes);
      this.asked.clear();
      return changes.filter(([address, value]) => before.get(address) !== value).map(([address]) => address);
    }
    const changed: string[] = [];
    for (const [address, value] of changes) {
      if (before.get(address) !== value) changed.push(address);
      before.set(address, value);
    }
    return changed;
  }

  /** It was handed to the audio thread, to apply at once. */
  ask(address: string, value: ParamSetting, nowMs: number): void {
    if (this.told.has(address)) this.asked.set(address, { value, untilMs: nowMs + ASKED_COUNTS_MS });
  }

  /** What the engine told last. */
  valueOf(address: string): ParamSetting | undefined {
    return this.told.get(address);
  }

  /** What was asked for last, also when the engine has not got there yet. */
  latestOf(address: string, nowMs: number): ParamSetting | undefined {
    const asked = this.asked.get(address);
    if (asked === undefined) return this.told.get(address);
    if (nowMs <= asked.untilMs) return asked.value;
    this.asked.delete(address);
    return this.told.get(address);
  }
}
