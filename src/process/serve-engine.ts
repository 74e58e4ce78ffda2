/** The life of an engine process: waits for its start on standard input, plays, serves a supervisor, ends. */
import type { Worker } from 'node:worker_threads';
import { describeError } from '../engine/errors.js';
import { packageVersion } from '../version.js';
import { attendAudioWorker } from './audio-handle.js';
import type { EngineFailure, EngineStart, FromEngine } from './engine-link.js';
import { EngineProcess } from './engine-process.js';
import { SupervisorServer } from './supervisor-server.js';

/** How long a failed engine waits for a supervisor to hear why. */
const farewellMs = 1500;

/** An engine that is never started, because its supervisor has gone or has no need of it, ends by itself. */
export async function serveEngine(audioWorker: Worker): Promise<void> {
  const audio = attendAudioWorker(audioWorker);
  const text = await readStandardInput();
  if (text === '') process.exit(0);
  const start = JSON.parse(text) as EngineStart;
  let engine: EngineProcess | undefined;
  let failure: EngineFailure | undefined;
  const server = await SupervisorServer.listen(start.socketPath, greeting, () => {
    if (engine !== undefined) void engine.quit();
    else leave();
  });

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

  /** Nothing plays yet. */
  function leave(): void {
    server.send({ kind: 'bye' });
    void end(0);
  }

  function fail(error: unknown): void {
    if (failure !== undefined) return;
    failure = describeError(error, 'ENGINE_START');
    console.error(`${failure.code}: ${failure.message} ${failure.remedy}`);
    server.send({ kind: 'failed', failure });
    // Who hears it at once ends the wait at once.
    if (server.isSupervised) void end(1);
    else setTimeout(() => void end(1), farewellMs);
  }

  const quit = (): void => void (engine === undefined ? end(0) : engine.quit());
  process.on('SIGINT', quit);
  process.on('SIGTERM', quit);
  // The terminal that started us may close; we play on.
  process.on('SIGHUP', () => undefined);
  process.on('uncaughtException', (error) => {
    console.error(error);
    fail(error);
  });

  try {
    engine = await EngineProcess.begin(start, audio, {
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

/** All of it; empty when it ends without a word. */
async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
