/** What bound params hold, by address, and which changes came from the controls themselves. */
import type { ParamSetting } from '../../graph/index.js';

/** A change that was sent and never took effect is forgotten after this: its node may have gone. */
const EXPECT_MS = 2000;
/** Sent and not yet heard of again. A fader sends far less between two blocks. */
const MAX_EXPECTED = 256;

interface Known {
  value: ParamSetting | undefined;
  /** Sent by controls, oldest first. */
  expected: { readonly value: ParamSetting; readonly sentMs: number }[];
}

export class KnownValues {
  private known = new Map<string, Known>();

  valueAt(address: string): ParamSetting | undefined {
    return this.known.get(address)?.value;
  }

  /** Only these are kept. What a control has just sent is newer than what is told here. */
  reset(values: ReadonlyMap<string, ParamSetting>, nowMs: number): void {
    const next = new Map<string, Known>();
    for (const [address, value] of values) {
      const before = this.known.get(address);
      const isNewer = before?.expected.some(({ sentMs }) => nowMs - sentMs < EXPECT_MS) ?? false;
      next.set(address, before !== undefined && isNewer ? before : { value, expected: [] });
    }
    this.known = next;
  }

  /** A control sends this. */
  sent(address: string, value: ParamSetting, nowMs: number): void {
    const known = this.known.get(address);
    if (known === undefined) return;
    known.value = value;
    if (known.expected.length >= MAX_EXPECTED) known.expected.shift();
    known.expected.push({ value, sentMs: nowMs });
  }

  /** It took effect. True when somebody else had set it. */
  applied(address: string, value: ParamSetting, nowMs: number): boolean {
    const known = this.known.get(address);
    if (known === undefined) return false;
    known.expected = known.expected.filter(({ sentMs }) => nowMs - sentMs < EXPECT_MS);
    const at = known.expected.findIndex((one) => one.value === value);
    if (at >= 0) {
      known.expected = known.expected.slice(at + 1);
      return false;
    }
    const isForeign = known.value !== value;
    known.value = value;
    return isForeign;
  }
}
