/** What a self-test is true of: this machine, and the steppers as they are built. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { packageRoot, stepperFiles } from '../../models/index.js';
import { packageVersion } from '../version.js';

export interface Machine {
  /** Hex: of its processor, GPUs and their driver. */
  readonly fingerprint: string;
  /** That this process may use. */
  readonly cores: number;
  /** One that can be seen, or a system that always has one. */
  readonly hasGpu: boolean;
}

const gpuDevice = /^(nvidia\d+|dxg|kfd|renderD\d+)$/;

/** Reads some small files of the system. Never throws. */
export function lookAtMachine(): Machine {
  const cores = availableParallelism();
  const gpus = ['/dev', '/dev/dri'].flatMap(namesIn).filter((name) => gpuDevice.test(name));
  const { platform, arch } = process;
  const driver = textOf('/proc/driver/nvidia/version');
  const fingerprint = digest([platform, arch, cpus()[0]?.model ?? '', String(cores), ...gpus.sort(), driver]);
  return { fingerprint, cores, hasGpu: gpus.length > 0 || platform === 'darwin' || platform === 'win32' };
}

/** Hex: of everything that steps models. Reads some megabytes. Never throws. */
export function stepperBuild(): string {
  const runtime = join(packageRoot(), 'node_modules', 'onnxruntime-node', 'package.json');
  const files = [...stepperFiles(), runtime].map(textOf);
  return digest([packageVersion(), process.version, ...files]);
}

function digest(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}\0`).update(part, 'latin1');
  return hash.digest('hex');
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Bytes as text; empty where there is no such file. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
