import { type ModelStream, RUNAWAY_CAUSES, type RunawayCause } from '../../models/index.js';

/** What a cause means, as a clause. */
const clauses: Readonly<Record<RunawayCause, string>> = {
  level: 'it grew louder than it should ever be',
  noise: 'it fell into noise',
  stuck: 'it was stuck',
  'not-finite': 'it computed numbers that are not finite',
};

/** Tells of the runaways of one stream, each cause once per look: to status and clients, and to a performer as a sentence. */
export class RunawayReport {
  readonly #stream: ModelStream;
  readonly #report: (cause: RunawayCause, runaways: number) => void;
  readonly #known: Record<RunawayCause, number>;
  #total: number;

  /** `report` is given the cause and how often the stream ran away so far. */
  constructor(stream: ModelStream, report: (cause: RunawayCause, runaways: number) => void) {
    this.#stream = stream;
    this.#report = report;
    const { runaways, runawayCauses } = stream.state;
    this.#known = { ...runawayCauses };
    this.#total = runaways;
  }

  /** On the audio path, each tick: reports news, and gives the sentence for them. Only then does it allocate. */
  due(): string | undefined {
    const { runaways, runawayCauses } = this.#stream.state;
    if (runaways === this.#total) return undefined;
    this.#total = runaways;
    const parts: string[] = [];
    for (const cause of RUNAWAY_CAUSES) {
      if (runawayCauses[cause] === this.#known[cause]) continue;
      this.#known[cause] = runawayCauses[cause];
      parts.push(clauses[cause]);
      this.#report(cause, runaways);
    }
    return `the model ran away: ${parts.join(', and ')}. It plays on from an earlier state (${runaways} so far)`;
  }
}
