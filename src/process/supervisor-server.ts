/** The engine's end of the local socket: takes in a supervisor, and the next one when that has died. */
import { unlinkSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FromEngine, isLinkMessage, type ToEngine } from './engine-link.js';
import { JsonLines } from './json-lines.js';

/** A supervisor that has stopped reading gets no more status until it reads again. */
const maxBacklogBytes = 1024 * 1024;
const closeLimitMs = 500;

export class SupervisorServer {
  private readonly server: Server;
  private supervisor: JsonLines | undefined;

  /** `greeting` is made anew for each supervisor; its lines are sent first. */
  private constructor(
    private readonly greeting: (isSupervised: boolean) => readonly FromEngine[],
    private readonly receive: (message: ToEngine) => void,
  ) {
    this.server = createServer((socket) => this.takeIn(socket));
  }

  /** Rejects when there is a socket at `socketPath`: who starts an engine has removed what a dead one left. */
  static async listen(
    socketPath: string,
    greeting: (isSupervised: boolean) => readonly FromEngine[],
    receive: (message: ToEngine) => void,
  ): Promise<SupervisorServer> {
    const link = new SupervisorServer(greeting, receive);
    await new Promise<void>((resolve, reject) => {
      link.server.once('error', reject);
      link.server.listen(socketPath, () => {
        link.server.off('error', reject);
        link.server.on('error', () => undefined);
        resolve();
      });
    });
    return link;
  }

  get isSupervised(): boolean {
    return this.supervisor !== undefined;
  }

  send(message: FromEngine): void {
    if (this.supervisor === undefined) return;
    if (message.kind === 'status' && this.supervisor.backlogBytes > maxBacklogBytes) return;
    this.supervisor.send(message);
  }

  /** Lets the last lines out, then frees the socket's name. */
  async close(): Promise<void> {
    this.supervisor?.close();
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    // A supervisor that is stopped never closes its end.
    await Promise.race([closed, sleep(closeLimitMs)]);
  }

  private takeIn(socket: Socket): void {
    const isSupervised = this.supervisor !== undefined;
    const lines = new JsonLines(socket, {
      receive: (value) => {
        if (isLinkMessage(value) && value.kind === 'quit') this.receive({ kind: 'quit' });
      },
      closed: () => {
        if (this.supervisor === lines) this.supervisor = undefined;
      },
    });
    for (const message of this.greeting(isSupervised)) lines.send(message);
    if (isSupervised) lines.close();
    else this.supervisor = lines;
  }
}

/** Removes the name of a socket that nobody listens on. */
export function removeSocketFile(socketPath: string): void {
  if (process.platform === 'win32') return;
  try {
    unlinkSync(socketPath);
  } catch {
    // It was not there.
  }
}
