/** Tells the OSC worker what params hold: what has changed since the last time, or all of it for other addresses. */
import type { NodeRegistry, ParamSetting } from '../../graph/index.js';
import type { AddressTable } from '../control/index.js';
import type { OscHandle, ValueChanges } from '../osc/index.js';
import type { EngineMirror } from './engine-link.js';
import { MirrorValues } from './mirror-values.js';

export class ValueFeed {
  private readonly now: MirrorValues;
  private toldTable: AddressTable | undefined;
  private told: ReadonlyMap<string, ParamSetting> = new Map();

  constructor(
    registry: NodeRegistry,
    private readonly osc: Pick<OscHandle, 'setValues'>,
  ) {
    this.now = new MirrorValues(registry);
  }

  /** Linear in the number of addresses: for when changes have been gathered. */
  show(mirror: EngineMirror): void {
    this.now.show(mirror);
    const { table, values } = this.now;
    const isWhole = table !== this.toldTable;
    const changes: ValueChanges = [...values].filter(
      ([address, value]) => isWhole || this.told.get(address) !== value,
    );
    this.toldTable = table;
    this.told = values;
    if (isWhole || changes.length > 0) this.osc.setValues(changes, isWhole);
  }
}
