/** What the audio plane applies to voices: patches that sound beside the one that plays, each under an id and at a place. */

export type VoiceMessage =
  /** Moves it, in a straight line, the shorter way round. */
  | {
      readonly kind: 'voice-place';
      readonly voice: string;
      /** Degrees: 0 in front, clockwise. */
      readonly azimuth: number;
      /** Metres. */
      readonly distance: number;
      readonly rampMs: number;
    }
  /** Fades it out and ends it. */
  | { readonly kind: 'voice-fade'; readonly voice: string; readonly fadeMs: number }
  | { readonly kind: 'voice-free-all'; readonly fadeMs: number }
  /** How many may play at once: what is too much is ended. */
  | { readonly kind: 'voice-limit'; readonly limit: number };

/** How a voice begins. */
export interface VoiceStart {
  readonly id: string;
  readonly presetName: string;
  /** The higher it is, the later it is stolen. */
  readonly priority: number;
  readonly gainDb: number;
  /** Degrees. */
  readonly azimuth: number;
  /** Metres. */
  readonly distance: number;
}

export type VoiceEndReason = 'freed' | 'stolen' | 'panic';
