/** Which inputs there are, for `sashimi devices`: what the setting `device` of an audio-in may name. */
import { findBinding, surveyDevices } from '../../nodes/index.js';
import { listArecordInputs } from './arecord.js';

export interface InputInfo {
  readonly driver: string;
  readonly name: string;
  readonly isDefault: boolean;
  readonly channels: number;
  /** Hz, the device's own; 0 when the driver does not tell. */
  readonly sampleRate: number;
}

/** Of the first program that can record. Never rejects; opens nothing. */
export async function listInputs(): Promise<readonly InputInfo[]> {
  const found = findBinding();
  const survey = 'path' in found ? await surveyDevices(found.path).catch(() => undefined) : undefined;
  if (survey !== undefined) {
    return survey.inputs.map(({ id, name, maxInputChannels, defaultSampleRate }) => ({
      driver: 'naudiodon',
      name,
      isDefault: id === survey.defaultInputId,
      channels: maxInputChannels,
      sampleRate: defaultSampleRate,
    }));
  }
  const names = (await listArecordInputs()) ?? [];
  return names.map((name) => ({
    driver: 'arecord',
    name,
    isDefault: name === 'default',
    channels: 2,
    sampleRate: 0,
  }));
}
