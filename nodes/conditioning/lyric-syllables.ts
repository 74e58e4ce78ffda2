import { heldVowel, type Lyrics, type PhonePlan, type Syllable, wholeOf } from './phone-text.js';
import type { SingerVoice } from './singer-voice.js';
import type { Syllables } from './sung-notes.js';

/**
 * The syllables of words, one a note. Where a note follows one that is still held, what comes after the vowel of that is said before
 * its own consonants. On the audio path; allocates nothing.
 */
export class LyricSyllables implements Syllables {
  readonly #isRepeating: () => boolean;
  readonly #next: { plan: PhonePlan; from: number; to: number; held: number };
  #lyrics: Lyrics | undefined;
  /** Of the last note, up to `count`, the first one again; -1 before the first note. */
  #sung = -1;

  /** `isRepeating`: whether the first syllable follows the last one; else the last one is sung on. */
  constructor(isRepeating: () => boolean) {
    this.#isRepeating = isRepeating;
    this.#next = { ...wholeOf(heldVowel('aa')) };
  }

  get isEmpty(): boolean {
    return this.#lyrics === undefined;
  }

  /** From the next note on, from the beginning. */
  begin(lyrics: Lyrics | undefined): void {
    this.#lyrics = lyrics;
    this.#sung = -1;
  }

  peek(voice: SingerVoice): Syllable {
    const { plan, starts, vowels } = this.#lyrics!;
    const index = this.#index();
    const isFollowing = index === this.#before() + 1;
    const isJoined = isFollowing && this.#sung >= 0 && voice.isHolding(plan);
    this.#next.plan = plan;
    this.#next.from = isJoined ? vowels[index - 1]! + 1 : starts[index]!;
    this.#next.to = starts[index + 1]!;
    this.#next.held = vowels[index]!;
    return this.#next;
  }

  take(): void {
    this.#sung = this.#index();
  }

  /** The number of the syllable last sung, as the first one not as that after the last; -1 for none. */
  #before(): number {
    return this.#sung === this.#lyrics!.count ? 0 : this.#sung;
  }

  #index(): number {
    const next = this.#before() + 1;
    const { count } = this.#lyrics!;
    if (next < count) return next;
    return this.#isRepeating() ? count : count - 1;
  }
}
