/** The engine process: what runs detached, and plays on when nothing else is left of us. */
import { readFileSync } from 'node:fs';
import { describeError } from '../engine/errors.js';
import { packageVersion } from '../version.js';
import type { EngineFailure, EngineStart, FromEngine } from './engine-link.js';
import { EngineProcess } from './engine-process.js';
import { SupervisorServer } from './supervisor-server.js';

/** How long a failed engine waits for a supervisor to hear why. */
const farewellMs = 1500;

async function main(): Promise<void> {
  const start = JSON.parse(readFileSync(0, 'utf8')) as EngineStart;
  let engine: EngineProcess | undefined;
  let failure: EngineFailure | undefined;
  const server = await SupervisorServer.listen(start.socketPath, greeting, () => void engine?.quit());

  function greeting(isSupervised: boolean): FromEngine[] {
    const lines: FromEngine[] = [
      {
        kind: 'hello',
        version: packageVersion(),
        pid: process.pid,
        isSupervised,
        isReady: engine?.isReady ?? false,
        options: start.options,
        restarts: start.restarts,
      },
    ];
    if (failure !== undefined) lines.push({ kind: 'failed', failure });
    else if (engine !== undefined) lines.push({ kind: 'mirror', mirror: engine.snapshot() });
    return lines;
  }

  async function end(exitCode: number): Promise<void> {
    await server.close();
    process.exit(exitCode);
  }

  function fail(error: unknown): void {
    if (failure !== undefined) return;
    failure = describeError(error, 'ENGINE_START');
    console.error(`${failure.code}: ${failure.message} ${failure.remedy}`);
    server.send({ kind: 'failed', failure });
    // Somebody who hears it at once ends the wait at once.
    if (server.isSupervised) void end(1);
    else setTimeout(() => void end(1), farewellMs);
  }

  process.on('SIGINT', () => void (engine === undefined ? end(0) : engine.quit()));
  process.on('SIGTERM', () => void (engine === undefined ? end(0) : engine.quit()));
  // The terminal that started us may close; we play on.
  process.on('SIGHUP', () => undefined);
  process.on('uncaughtException', (error) => {
    console.error(error);
    fail(error);
  });

  try {
    engine = await EngineProcess.begin(start, {
      send: (message) => server.send(message),
      failed: fail,
      ended: () => {
        server.send({ kind: 'bye' });
        void end(0);
      },
    });
  } catch (error) {
    fail(error);
  }
}

await main();
