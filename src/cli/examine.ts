/** What `sashimi doctor` finds on this machine. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isCodedError } from '../../graph/index.js';
import {
  candidateText,
  chooseStepper,
  judge,
  loadBundle,
  MANIFEST_FILE,
  packageRoot,
} from '../../models/index.js';
import { listPresets } from '../engine/presets.js';
import { listDevices, probeSinks } from '../process/index.js';
import { lookAtMachine, stepperBuild, TrialCache, trialsFile } from '../self-test/index.js';
import { configPath } from './config.js';

export interface Finding {
  readonly name: string;
  readonly isHere: boolean;
  /** What was found, or why nothing was. */
  readonly detail: string;
  /** Of something missing: what is used in its place, and how to get it. */
  readonly instead?: string;
  readonly remedy?: string;
}

export async function examine(): Promise<readonly Finding[]> {
  return [
    { name: 'Node', isHere: true, detail: `${process.version}, ${process.platform} ${process.arch}` },
    await nativeStepper(),
    await autoStepper(),
    ...(await sinks()),
    ...programs.map(program),
    models(),
    { name: 'presets', isHere: true, detail: listPresets().join(', ') },
    config(),
  ];
}

/** Tried with a model, as `play` would. */
async function nativeStepper(): Promise<Finding> {
  const name = 'native stepper';
  const [model] = zooModels();
  if (model === undefined) return { name, isHere: false, detail: 'no model to try it with' };
  try {
    const { stepper } = await chooseStepper(await loadBundle(join(zoo(), model)), 'native');
    return { name, isHere: true, detail: stepper.instructionSet };
  } catch (error) {
    if (!isCodedError(error)) throw error;
    const instead = 'models run as WebAssembly, slower';
    return { name, isHere: false, detail: error.message, instead, remedy: error.remedy };
  }
}

/** What was measured on this machine, with the steppers as they are. */
async function autoStepper(): Promise<Finding> {
  const name = 'stepper auto';
  const [{ fingerprint }, build] = [lookAtMachine(), stepperBuild()];
  const kept = (await new TrialCache().read()).filter(
    (each) => each.machine === fingerprint && each.build === build,
  );
  if (kept.length === 0) return { name, isHere: true, detail: 'measured at the first play of a model' };
  const choices = kept.map(({ name: bundle, voices, trials }) => {
    const { chosen } = judge(trials, voices);
    return `${chosen === undefined ? 'none' : candidateText(chosen)} for ${bundle} x ${voices}`;
  });
  return { name, isHere: true, detail: `${choices.join(', ')} (${trialsFile()})` };
}

async function sinks(): Promise<Finding[]> {
  const probes = await probeSinks();
  const devices = await listDevices();
  const drivers = probes.map(({ driver, available, reason = '', remedy }): Finding => {
    const name = `sink driver ${driver}`;
    if (!available)
      return { name, isHere: false, detail: reason, ...(remedy === undefined ? {} : { remedy }) };
    const own = devices.filter((device) => device.driver === driver).map((device) => device.name);
    return { name, isHere: true, detail: own.length === 0 ? 'works' : own.join(', ') };
  });
  if (probes.some(({ available }) => available)) return drivers;
  const speaker: Finding = {
    name: 'sound card',
    isHere: false,
    detail: 'no driver finds one',
    instead: 'play runs into a clocked null sink and keeps the last minutes as a recording',
    remedy: 'connect one, and install what a driver above asks for',
  };
  return [...drivers, speaker];
}

interface Program {
  readonly command: string;
  readonly use: string;
  readonly instead: string;
  readonly remedy: string;
}

const programs: readonly Program[] = [
  {
    command: 'oscsend',
    use: 'sends OSC from a terminal',
    instead: 'any other OSC client',
    remedy: 'the package liblo-tools',
  },
  {
    command: 'flac',
    use: 'reads FLAC for model score',
    instead: 'WAV files',
    remedy: 'the package flac',
  },
];

function program({ command, use, instead, remedy }: Program): Finding {
  const isHere = spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined;
  return isHere
    ? { name: command, isHere, detail: use }
    : { name: command, isHere, detail: use, instead, remedy };
}

const zoo = (): string => join(packageRoot(), 'models', 'zoo');

function zooModels(): readonly string[] {
  if (!existsSync(zoo())) return [];
  return readdirSync(zoo())
    .filter((name) => existsSync(join(zoo(), name, MANIFEST_FILE)))
    .sort();
}

function models(): Finding {
  const [name, names] = ['models', zooModels()];
  if (names.length > 0) return { name, isHere: true, detail: names.join(', ') };
  return { name, isHere: false, detail: `${zoo()} holds none`, remedy: 'clone the repository again' };
}

function config(): Finding {
  const isHere = existsSync(configPath());
  return { name: 'config file', isHere: true, detail: isHere ? configPath() : `none (${configPath()})` };
}
