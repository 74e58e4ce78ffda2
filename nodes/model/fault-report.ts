import type { ModelStream, StreamFault } from '../../models/index.js';

/** Tells a performer, once, that a stream has ended by itself: its silence has a cause, and a way out. */
export class FaultReport {
  readonly #stream: ModelStream;
  #isTold = false;

  constructor(stream: ModelStream) {
    this.#stream = stream;
  }

  /** The fault to tell now, as a sentence for the performer. On the audio path; only then does it allocate. */
  due(): StreamFault | undefined {
    if (this.#isTold) return undefined;
    const { fault } = this.#stream.state;
    if (fault === undefined) return undefined;
    this.#isTold = true;
    const { code, message } = fault;
    return {
      code,
      message:
        `the model has stopped and stays silent. ${message} ` +
        'Load the preset again to start it anew; if it stops again, use another --stepper.',
    };
  }
}
