import type { AudioInputs, MidiInputs } from '../../nodes/index.js';
import type { FileTimes } from '../audio-files/index.js';
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
  /** Of a take or a replay: when the sound of files is there. */
  readonly fileTimes?: FileTimes;
  /** Where states of models are saved and loaded; `states` in the working folder when left out. */
  readonly statesFolder?: string;
  /** Of a take: is given every state that nodes load from files, with the number of the load, counted from 1. */
  readonly keepState?: (load: number, state: Uint8Array) => void;
  /** Of a replay: the state that was loaded then; undefined where that failed. */
  readonly replayedState?: (load: number) => Uint8Array | undefined;
}
