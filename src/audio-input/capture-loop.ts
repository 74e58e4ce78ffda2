/** Keeps one input open: tries each program in turn, notices when the sound ends, waits, and tries again. Knows no clock. */
import type { AudioInputNews } from '../../nodes/index.js';
import type {
  CaptureEnd,
  CaptureFormat,
  CaptureProgram,
  CaptureWish,
  RunningCapture,
} from './capture-program.js';
import type { AudioInputCode } from './errors.js';

/** How often `look` is to be called. */
export const LOOK_MS = 500;
/** Looks without sound after which a device is lost, and without an answer after which a program is given up. */
const SILENT_LOOKS = 4;
const OPENING_LOOKS = 40;
/** Looks until it is tried again: the first time, and at most. */
const FIRST_WAIT_LOOKS = 2;
const MOST_WAIT_LOOKS = 20;
/** The worst trouble is told: a device that is missing is more to the point than a program that is. */
const BY_WEIGHT: readonly AudioInputCode[] = [
  'AUDIO_INPUT_FAILED',
  'AUDIO_INPUT_ABSENT',
  'AUDIO_INPUT_UNAVAILABLE',
];

export interface CaptureSurroundings {
  /** What comes from now on is of this format. */
  opened(format: CaptureFormat): void;
  sound(bytes: Uint8Array): void;
  /** Without a code: that it is heard. */
  tell(news: { readonly code?: AudioInputNews['code']; readonly message: string }): void;
}

type Phase = 'opening' | 'open' | 'waiting' | 'stopped';

export class CaptureLoop {
  #phase: Phase = 'waiting';
  #running: RunningCapture | undefined;
  /** Programs that were tried in this round, and what they said. */
  #tried = 0;
  #refusals: CaptureEnd[] = [];
  #looks = 0;
  #waitLooks = FIRST_WAIT_LOOKS;
  #hasHeard = false;
  /** The last trouble told: told once. */
  #told: AudioInputCode | undefined;

  constructor(
    private readonly programs: readonly CaptureProgram[],
    private readonly wish: CaptureWish,
    private readonly around: CaptureSurroundings,
  ) {}

  start(): void {
    this.#tried = 0;
    this.#refusals = [];
    this.#try();
  }

  stop(): void {
    this.#phase = 'stopped';
    this.#running?.stop();
    this.#running = undefined;
  }

  /** To be called every `LOOK_MS`. */
  look(): void {
    this.#looks++;
    if (this.#phase === 'open') {
      if (this.#hasHeard) this.#looks = 0;
      this.#hasHeard = false;
      if (this.#looks >= SILENT_LOOKS) this.#lose('it gives no sound');
    } else if (this.#phase === 'opening' && this.#looks >= OPENING_LOOKS) {
      const { name } = this.programs[this.#tried - 1]!;
      this.#running?.stop();
      this.#refuse({ code: 'AUDIO_INPUT_FAILED', sentence: `${name} gives no answer` });
    } else if (this.#phase === 'waiting' && this.#looks >= this.#waitLooks) {
      this.start();
    }
  }

  #try(): void {
    const program = this.programs[this.#tried++];
    this.#looks = 0;
    if (program === undefined) {
      this.#wait();
      return;
    }
    this.#phase = 'opening';
    // A program that was given up is not listened to.
    let isCurrent = true;
    const running = program.start(this.wish, {
      opened: (format) => {
        if (isCurrent) this.#open(format);
      },
      sound: (bytes) => {
        if (!isCurrent) return;
        this.#hasHeard = true;
        this.around.sound(bytes);
      },
      ended: (end) => {
        if (!isCurrent) return;
        isCurrent = false;
        if (this.#phase === 'open') this.#lose(end.sentence);
        else this.#refuse(end);
      },
    });
    this.#running = {
      stop() {
        isCurrent = false;
        running.stop();
      },
    };
  }

  #open(format: CaptureFormat): void {
    this.#phase = 'open';
    this.#looks = 0;
    this.#hasHeard = false;
    this.#waitLooks = FIRST_WAIT_LOOKS;
    this.#told = undefined;
    this.around.opened(format);
    this.around.tell({ message: `Listens to the input "${format.device}", ${format.sampleRate} Hz.` });
  }

  #refuse(end: CaptureEnd): void {
    this.#refusals.push(end);
    this.#try();
  }

  #lose(why: string): void {
    this.#running?.stop();
    this.#tell('AUDIO_INPUT_LOST', why);
    this.#phase = 'waiting';
    this.#looks = 0;
  }

  #wait(): void {
    this.#phase = 'waiting';
    const code = BY_WEIGHT.find((one) => this.#refusals.some((refusal) => refusal.code === one));
    if (code === undefined) return;
    // What was lost is not told again as absent.
    if (this.#told === undefined) this.#tell(code, this.#refusals.map(({ sentence }) => sentence).join('; '));
    this.#waitLooks = Math.min(MOST_WAIT_LOOKS, 2 * this.#waitLooks);
  }

  #tell(code: AudioInputCode, why: string): void {
    this.#told = code;
    const input = this.wish.device === '' ? 'The default input' : `The input "${this.wish.device}"`;
    this.around.tell({ code, message: `${input} is waited for: ${why}.` });
  }
}
