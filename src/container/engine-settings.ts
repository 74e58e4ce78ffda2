import type { AudioInputs, MidiInputs } from '../../nodes/index.js';
import type { RecordedInput } from '../audio-input/index.js';
import type { ModelStreamSettings } from '../engine/model-streams.js';

/** What the services of one engine need to know. */
export interface EngineSettings extends ModelStreamSettings {
  /** Where MIDI ports are listened to; left out, they are silent. */
  readonly midiInputs?: MidiInputs;
  /** Where inputs of the sound card are heard; left out, they are what was recorded, or silent. */
  readonly audioInputs?: AudioInputs;
  /** Offline: what is heard in the place of inputs. */
  readonly recordedInputs?: readonly RecordedInput[];
  /** Where states of models are saved and loaded; `states` in the working folder when left out. */
  readonly statesFolder?: string;
}
