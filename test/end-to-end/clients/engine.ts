/** An engine that foreign clients drive, what they print, and what came of it. */
import { execFile, spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StatusReply } from '../../../src/cli/ask-status.js';
import { createOscClient, type OscClient } from '../../../src/osc/index.js';
import { statusWhere } from '../../support/engine-status.js';
import { PATIENCE_MS } from '../../support/patience.js';
import { type RunningCli, startCli } from '../../support/start-cli.js';

export class DrivenEngine {
  private constructor(
    private readonly playing: RunningCli,
    private readonly client: OscClient,
    readonly port: number,
  ) {}

  static async start(runtimeFolder: string): Promise<DrivenEngine> {
    const args = ['play', 'shore', '--sink', 'null', '--osc-port', '0', '--look-ahead', '200', '--no-query'];
    const playing = startCli(args, runtimeFolder);
    const [, port] = await playing.sees(/OSC on udp 127\.0\.0\.1:(\d+)/);
    return new DrivenEngine(playing, await createOscClient({ port: Number(port) }), Number(port));
  }

  statusWhere(isSo: (fields: StatusReply) => boolean): Promise<StatusReply> {
    return statusWhere(this.client, isSo);
  }

  /** Asks for a value until it is this one. */
  async holds(address: string, value: number): Promise<void> {
    for (;;) {
      const { args } = await this.client.request(
        '/get',
        [{ type: 's', value: address }],
        '/get.reply',
        PATIENCE_MS,
      );
      const [, held] = args;
      if (held !== undefined && 'value' in held && held.value === value) return;
      await sleep(20);
    }
  }

  async stop(): Promise<void> {
    await this.client.close();
    await this.playing.interrupt();
  }
}

/** Whether a command can be run; says so where not. */
export function isInstalled(command: string, hint: string, args: readonly string[] = ['--help']): boolean {
  const { error, status } = spawnSync(command, args, { timeout: 20_000 });
  if (error === undefined && (args[0] === '--help' || status === 0)) return true;
  console.log(`      ${command} is not installed (${hint}): skipped`);
  return false;
}

/** All that it prints on both streams, when it has ended. It must end by itself. */
export function printed(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { env: { ...process.env, ...env }, timeout: 100_000, killSignal: 'SIGKILL' } as const;
    const child = execFile(command, args, options, (error, stdout, stderr) => {
      if (error?.killed) reject(new Error(`${command} did not end: ${stdout}${stderr}`));
      else resolve(`${stdout}${stderr}`);
    });
    child.stdin?.end();
  });
}
