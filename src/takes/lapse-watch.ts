/** Sees, where an engine runs, what streams on threads did at a time of their own. Allocates only when something happens. */
import type { LapseRecord, ModelStream, StreamLapses } from '../../models/index.js';
import type { ModelStreamTable, StreamPlace } from '../engine/model-stream-table.js';
import type { TakeEntry } from './format.js';

/** Of a stream that is open. */
interface Watched {
  numResets: number;
  /** Engine frame of the tick in which it began to be read, since the last reset. */
  startFrame: number;
  xruns: number;
}

export class LapseWatch {
  private readonly watched = new WeakMap<ModelStream, Watched>();
  private readonly lapse: LapseRecord = { kind: 'lost', read: 0, frame: 0, frames: 0 };

  /** `frame`: that of the tick of the moment. */
  constructor(
    private readonly models: ModelStreamTable,
    private readonly frame: () => number,
    private readonly tell: (entry: TakeEntry) => void,
  ) {
    models.onRemove = this.lookAt;
  }

  /** At the end of each tick. */
  look(): void {
    this.models.each(this.lookAt);
  }

  private readonly lookAt = (place: StreamPlace, stream: ModelStream): void => {
    const { lapses } = stream;
    if (lapses !== undefined) this.take(place, stream, lapses);
    else if (stream.mode === 'threaded') this.deviate(place, stream);
  };

  private take({ nodeId, number }: StreamPlace, stream: ModelStream, lapses: StreamLapses): void {
    if (lapses.numReads === 0) return;
    const { lapse } = this;
    const now = this.frame();
    const { numResets } = lapses;
    let watched = this.watched.get(stream);
    if (watched?.numResets !== numResets) {
      watched = { numResets, startFrame: now, xruns: 0 };
      this.watched.set(stream, watched);
    }
    while (lapses.take(lapse)) {
      const { kind, read, frame: at, frames } = lapse;
      if (kind === 'lost') {
        const reason = `${nodeId}: the model was too late for all of it to be told`;
        this.tell({ kind: 'deviation', frame: now, sinceFrame: now, code: 'late-control', reason });
      } else {
        const { startFrame } = watched;
        this.tell({
          kind: 'lapse',
          frame: now,
          nodeId,
          stream: number,
          startFrame,
          lapse: kind,
          read,
          at,
          frames,
        });
      }
    }
  }

  /** Of a stream that tells nothing. */
  private deviate({ nodeId }: StreamPlace, stream: ModelStream): void {
    if (stream.position === 0) return;
    const now = this.frame();
    const told = { kind: 'deviation', frame: now, sinceFrame: now } as const;
    let watched = this.watched.get(stream);
    if (watched === undefined) {
      watched = { numResets: 0, startFrame: now, xruns: 0 };
      this.watched.set(stream, watched);
      const reason = `${nodeId}: control is heard later than it came`;
      this.tell({ ...told, code: 'late-control', reason });
    }
    const { xruns } = stream.state;
    if (xruns > watched.xruns)
      this.tell({ ...told, code: 'model-gap', reason: `${nodeId}: the model was late` });
    watched.xruns = xruns;
  }
}
