import { Command } from 'commander';
import { out, printJson, printLine } from '../terminal.js';
import { textTable } from '../text-table.js';

export function devicesCommand(): Command {
  return new Command('devices')
    .summary('list the sound devices, inputs and MIDI ports')
    .description(
      'Lists the sound devices that the drivers on this machine see; the names go with play --device. Inputs go, by any part of their name, into the setting device of an audio-in; MIDI ports go, by any part of their name, into the setting port of a midi-in.',
    )
    .option('--json', 'for machines')
    .action(async (flags: { json?: boolean }) => {
      const { listDevices, probeSinks } = await import('../../process/index.js');
      const { listInputs } = await import('../../audio-input/index.js');
      const { surveyMidi } = await import('../../midi/midi-system.js');
      const [devices, drivers] = [await listDevices(), await probeSinks()];
      const inputs = await listInputs();
      const midi = surveyMidi();
      if (flags.json) return printJson({ devices, inputs, drivers, midi });
      if (devices.length === 0)
        printLine('No sound device. `sashimi play` uses a clocked null sink and keeps a recording.');
      const rows = devices.map((device) => [
        device.isDefault ? '*' : ' ',
        device.name,
        device.driver,
        `${device.channels} channels`,
        `${device.sampleRate} Hz`,
      ]);
      for (const line of textTable(rows)) printLine(line);
      for (const { name, isDefault, channels } of inputs) {
        printLine(`Input: ${name}, ${channels} channels${isDefault ? ', the default one' : ''}`);
      }
      if (inputs.length === 0) printLine(out.style('dim', 'Inputs: none; one may be connected later.'));
      for (const port of midi.ports) printLine(`MIDI port: ${port}`);
      for (const port of midi.outputs) printLine(`MIDI output: ${port}`);
      if (midi.ports.length === 0) {
        printLine(
          out.style('dim', `MIDI: ${midi.reason ?? 'no port; an instrument may be plugged in later'}.`),
        );
      }
      for (const { driver, available, reason, remedy } of drivers) {
        if (!available) printLine(out.style('dim', `${driver}: ${reason}. ${remedy}`));
      }
    });
}
