/**
 * What notes leave behind, at the beginning of one frame of 64 samples. Events come at the beginning, in their order; then
 * the frame is written, then `advance` goes to the next one. The same events at the same frames give the same frames, also
 * from a copy. Nothing allocates after construction, so it may live on the audio path.
 */
export interface NoteState {
  /** Whether there is a key for this whole pitch. The methods below take no other. */
  hasKey(pitch: number): boolean;
  /** `velocity` above 0 to 1. */
  noteOn(pitch: number, velocity: number): void;
  noteOff(pitch: number): void;
  pedal(isDown: boolean): void;
  /** Every key is let go and the pedal goes up. */
  allNotesOff(): void;
  /** The same state, from here on. */
  copyFrom(other: this): void;
  /** To the beginning of the next frame. */
  advance(): void;
}
