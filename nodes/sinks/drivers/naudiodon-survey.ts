/**
 * Asks PortAudio for its devices in a process of its own. PortAudio sees the devices of the moment when it is
 * first asked and no later ones, and ALSA writes a hundred lines of complaints on a machine without a card:
 * a short-lived process sees what is there now, and keeps its complaints to itself.
 */
import { execFile } from 'node:child_process';
import type { PortAudioDevice } from './naudiodon-binding.js';

export interface Survey {
  /** That play. */
  readonly devices: readonly PortAudioDevice[];
  /** Id of the default output device; -1 when there is none. */
  readonly defaultId: number;
  /** That record. */
  readonly inputs: readonly PortAudioDevice[];
  /** Id of the default input device; -1 when there is none. */
  readonly defaultInputId: number;
}

const MARK = '--- devices ---';
const PATIENCE_MS = 10_000;

const script = `
const binding = require(process.argv[1]);
const apis = binding.getHostAPIs();
const api = apis.HostAPIs[apis.defaultHostAPI];
const all = binding.getDevices();
const survey = {
  devices: all.filter((d) => d.maxOutputChannels > 0),
  defaultId: api === undefined ? -1 : api.defaultOutput,
  inputs: all.filter((d) => d.maxInputChannels > 0),
  defaultInputId: api === undefined ? -1 : api.defaultInput,
};
require('node:fs').writeSync(1, '\\n${MARK}' + JSON.stringify(survey) + '\\n');
`;

/** Rejects with what the process said when the addon cannot be loaded. */
export function surveyDevices(bindingPath: string): Promise<Survey> {
  return new Promise((resolve, reject) => {
    const args = ['-e', script, bindingPath];
    execFile(
      process.execPath,
      args,
      { timeout: PATIENCE_MS, maxBuffer: 1 << 22 },
      (error, stdout, stderr) => {
        const line = stdout.split('\n').find((text) => text.startsWith(MARK));
        if (line !== undefined) {
          resolve(JSON.parse(line.slice(MARK.length)) as Survey);
          return;
        }
        const said = /Error: (.*)/.exec(stderr)?.[1] ?? error?.message ?? 'the addon said nothing';
        reject(new Error(said));
      },
    );
  });
}
