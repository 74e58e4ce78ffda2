/** The command tree. Each command brings its own file; what it needs is imported when it runs, so that --help is quick. */
import { Command, Help } from 'commander';
import { packageVersion } from '../version.js';
import { benchCommand } from './commands/bench.js';
import { devicesCommand } from './commands/devices.js';
import { doctorCommand } from './commands/doctor.js';
import { evalCommand } from './commands/eval.js';
import { gpuCommand } from './commands/gpu.js';
import { modelCommand } from './commands/model.js';
import { nodesCommand } from './commands/nodes.js';
import { playCommand } from './commands/play.js';
import { renderCommand } from './commands/render.js';
import { replayCommand } from './commands/replay.js';
import { statusCommand } from './commands/status.js';
import { out } from './terminal.js';

const overview = `
First sound:
  sashimi play                          the preset "shore" into the speaker
  sashimi play piano --look-ahead 20    another preset, with more room for a slow machine
  sashimi render drift --seconds 30 --seed 1 --out drift.wav

Steer it while it plays (any OSC client; this one is from liblo-tools):
  oscsend localhost 9010 /node/model/temperature f 0.8

When something is missing:
  sashimi doctor

Exit codes: 0 done, 1 failed, 2 wrong usage. Errors are explained in docs/errors.md.`;

export function createProgram(): Command {
  const program = new Command('sashimi')
    .description('A live instrument made of neural audio models, steered over OSC while it plays.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'explain the command')
    .helpCommand('help [COMMAND]', 'explain a command')
    .addHelpText('after', overview)
    .showSuggestionAfterError();
  for (const command of [
    playCommand(),
    renderCommand(),
    replayCommand(),
    statusCommand(),
    devicesCommand(),
    nodesCommand(),
    doctorCommand(),
    gpuCommand(),
    modelCommand(),
    evalCommand(),
    benchCommand(),
  ]) {
    program.addCommand(command);
  }
  for (const command of allCommands(program)) {
    command.exitOverride().configureHelp({ formatHelp }).helpOption('-h, --help', 'explain the command');
    // Commander's own error line would come before ours.
    command.configureOutput({ outputError: () => undefined });
  }
  return program;
}

function allCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allCommands)];
}

/** Commander's help with bold headings on a terminal. */
function formatHelp(command: Command, helper: Help): string {
  const text = Help.prototype.formatHelp.call(helper, command, helper);
  return text.replace(/^\S.*:$/gm, (heading) => out.style('bold', heading));
}
