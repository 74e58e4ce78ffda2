import { resolve } from 'node:path';
import { Command } from 'commander';
import type { PlayOptions, PlaySink, QueryOptions } from '../../process/play-options.js';
import { playDefaults } from '../../process/play-options.js';
import { applyConfig } from '../apply-config.js';
import { type Config, readConfig } from '../config.js';
import { CliError } from '../errors.js';
import {
  collect,
  collectAllowed,
  engineName,
  integerBetween,
  numberBetween,
  ownPort,
  sampleRate,
  seed,
} from '../option-values.js';
import { providerOption, stepperOption } from './stepper-option.js';

const examples = `
PRESET is a name from presets/ (shore, piano, drift, two-voices, keys, counting, weather,
choir) or the path of a patch.

Without --sink the speaker plays; where there is none, the sound runs into a clocked null sink
and its last minutes are kept in a recording. A --device that is asked for by name is waited for.

Examples:
  sashimi play                                  the preset "shore" into the speaker
  sashimi play drift --sink drift.wav           live, into a file
  sashimi play piano --look-ahead 40            more room for a slow machine
  sashimi play --host 0.0.0.0                   OSC from other machines, too
  sashimi play --host 0.0.0.0 --allow 192.168.1.0/24
  sashimi play --take monday                    all of it, to be replayed and verified
  sashimi play --bindings desk.bindings.json    with the faders of a MIDI desk
  sashimi play my.json --plugin sashimi-nodes-x node types of an npm package

Steer it from another terminal (oscsend is in liblo-tools):
  oscsend localhost 9010 /node/model/temperature f 0.8
  oscsend localhost 9010 /preset/load s drift
  oscsend localhost 9010 /panic`;

interface PlayFlags {
  readonly sink?: string;
  readonly device?: string;
  readonly sampleRate: number;
  readonly block: number;
  readonly lookAhead: number;
  readonly channels: number;
  readonly oscPort: number;
  readonly host: string;
  readonly tcp: boolean;
  readonly tcpPort?: number;
  readonly allow: readonly string[];
  readonly seed: number;
  readonly stepper: PlayOptions['stepper'];
  readonly provider?: NonNullable<PlayOptions['provider']>;
  readonly selfTest?: boolean;
  readonly take?: string;
  readonly presetFolder?: string;
  readonly bindings?: string;
  readonly plugin: readonly string[];
  readonly name?: string;
  readonly query: boolean;
  readonly mdns: boolean;
  readonly queryPort?: number;
}

export function playCommand(): Command {
  return new Command('play')
    .summary('play a preset live, steered over OSC')
    .description(
      'Plays a preset live and listens for OSC. The terminal shows level, load and latency; Ctrl-C stops.',
    )
    .argument('[PRESET]', 'preset name or path of a patch (default: shore)')
    .option('--sink <SINK>', 'speaker, null (a clock without sound), or a file that ends in .wav')
    .option('--device <NAME>', 'the sound device; `sashimi devices` lists them')
    .option('--sample-rate <HZ>', 'of the engine', sampleRate, playDefaults.sampleRate)
    .option('--block <FRAMES>', 'frames per block', integerBetween(16, 8192), playDefaults.blockFrames)
    .option(
      '--look-ahead <MS>',
      'how far models run ahead where control cannot be rolled back; four times as far where it can',
      numberBetween(0.1, 2000),
      playDefaults.lookAheadMs,
    )
    .option('--channels <N>', 'of the output', integerBetween(1, 64), playDefaults.channels)
    .option('--osc-port <PORT>', 'UDP port for OSC; 0 takes a free one', ownPort, playDefaults.oscPort)
    .option('--host <ADDRESS>', 'address to listen on; 0.0.0.0 for every network', playDefaults.host)
    .option('--tcp-port <PORT>', 'TCP port for OSC (default: that of UDP)', ownPort)
    .option('--no-tcp', 'no OSC over TCP')
    .option(
      '--allow <ADDRESS[/BITS]>',
      'with --host: who may speak beside this machine; may be repeated',
      collectAllowed,
      [],
    )
    .option('--seed <N>', 'the same seed, the same sound', seed, playDefaults.seed)
    .addOption(stepperOption())
    .addOption(providerOption())
    .option('--self-test', 'with --stepper auto: measure again which one is the fastest here')
    .option('--take <FOLDER>', 'keep all of it in a new folder: `sashimi replay` plays it again')
    .option(
      '--preset-folder <FOLDER>',
      'where presets of your own, snapshots and cue lists are kept (default: my-presets)',
    )
    .option('--bindings <FILE>', 'mapping of MIDI controls to addresses; /bind/save writes such files')
    .option('--plugin <NAME>', 'npm package that adds node types; may be repeated', collect, [])
    .option(
      '--name <NAME>',
      'tells this engine from others (default: sashimi-live- and the OSC port)',
      engineName,
    )
    .option(
      '--query-port <PORT>',
      'TCP port for OSCQuery (default: the first free one above the OSC port)',
      ownPort,
    )
    .option('--no-mdns', 'do not announce it to the network')
    .option('--no-query', 'no OSCQuery')
    .addHelpText('after', examples)
    .action(async (preset: string | undefined, _flags: PlayFlags, command: Command) => {
      const config = readConfig();
      applyConfig(command, config);
      const { play } = await import('../play/play.js');
      process.exitCode = await play(toPlayOptions(preset ?? config.values.preset, command.opts(), config));
    });
}

function toPlayOptions(preset: string | undefined, flags: PlayFlags, config: Config): PlayOptions {
  const sink = toSink(flags);
  return {
    preset: preset ?? 'shore',
    ...(sink === undefined ? {} : { sink }),
    sampleRate: flags.sampleRate,
    blockFrames: flags.block,
    channels: flags.channels,
    lookAheadMs: flags.lookAhead,
    oscPort: flags.oscPort,
    host: flags.host,
    ...(flags.tcp && { tcpPort: flags.tcpPort ?? 'same' }),
    ...(flags.allow.length > 0 && { allow: allowed(flags) }),
    seed: flags.seed,
    stepper: flags.stepper,
    ...(flags.provider === undefined ? {} : { provider: flags.provider }),
    ...(flags.selfTest && { selfTest: true }),
    ...(flags.take === undefined ? {} : { take: resolve(flags.take) }),
    ...(flags.presetFolder === undefined ? {} : { presetFolder: resolve(flags.presetFolder) }),
    ...(flags.bindings === undefined ? {} : { bindings: resolve(flags.bindings) }),
    plugins: [...config.plugins, ...flags.plugin],
    ...(flags.query && { query: toQueryOptions(flags) }),
  };
}

/** On the loopback nobody else is heard anyway: whoever asks for it has forgotten the host. */
function allowed({ allow, host }: PlayFlags): readonly string[] {
  if (isLoopback(host))
    throw new CliError('CLI_USAGE', `--allow goes with --host: on ${host} only this machine is heard.`);
  return allow;
}

function isLoopback(host: string): boolean {
  return host.startsWith('127.') || host === '::1';
}

function toQueryOptions({ name, queryPort, mdns }: PlayFlags): QueryOptions {
  return {
    announce: mdns,
    ...(name !== undefined && { name }),
    ...(queryPort !== undefined && { port: queryPort }),
  };
}

function toSink({ sink, device }: PlayFlags): PlaySink | undefined {
  if (device !== undefined && sink !== undefined && sink !== 'speaker') {
    throw new CliError('CLI_USAGE', `--device goes with --sink speaker, not with --sink ${sink}.`);
  }
  if (device !== undefined) return { type: 'speaker', device };
  if (sink === undefined) return undefined;
  if (sink === 'speaker' || sink === 'null') return { type: sink };
  if (sink.toLowerCase().endsWith('.wav')) return { type: 'wav-file', path: sink };
  throw new CliError('CLI_USAGE', `--sink is speaker, null or a file that ends in .wav, not "${sink}".`);
}
