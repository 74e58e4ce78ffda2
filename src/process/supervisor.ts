/**
 * The supervisor: starts the engine process, mirrors what a restart needs, and starts it again when it dies.
 * It may die itself: the engine plays on, and the next supervisor on the same OSC port takes it over.
 */
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Observable, ReplaySubject } from 'rxjs';
import type { EngineStatus } from '../control/index.js';
import { describeError, EngineError } from '../engine/errors.js';
import { RemoteError } from './audio-handle.js';
import { type EngineChild, logTail, spawnEngine } from './engine-child.js';
import {
  connectWhenUp,
  type EngineConnection,
  type EngineListener,
  tryConnect,
} from './engine-connection.js';
import type { EngineFailure, EngineMirror, FromEngine } from './engine-link.js';
import { LifeWatch } from './life-watch.js';
import type { PlayEvent, PlayEventKind, PlayHandle, PlayOptions } from './play-options.js';
import type { QuerySurface } from './query-surface.js';
import { RestartPolicy } from './restart-policy.js';
import { type MeetingPlace, meetingPlace } from './runtime-dir.js';
import { removeSocketFile } from './supervisor-server.js';

/** Longest wait for an engine process to listen: a slow disk with nothing cached, or a machine that does much else. */
const upLimitMs = 120_000;
const helloLimitMs = 3000;
/** Until an engine whose supervisor has died knows that. */
const letGoMs = 1000;
/** Longest wait for a fade-out and closed files. */
const quitLimitMs = 8000;
/** A new engine gets the machine for itself before the next one loads its modules beside it. */
const standbyAfterMs = 1500;
const watchMs = 100;
const keptEvents = 100;

type Hello = FromEngine & { kind: 'hello' };

export class Supervisor implements PlayHandle {
  private readonly statuses = new ReplaySubject<EngineStatus>(1);
  private readonly events = new ReplaySubject<PlayEvent>(keptEvents);
  readonly status$: Observable<EngineStatus> = this.statuses.asObservable();
  readonly events$: Observable<PlayEvent> = this.events.asObservable();
  readonly done: Promise<number>;
  attached = false;

  private readonly place: MeetingPlace;
  private readonly policy = new RestartPolicy();
  private life = new LifeWatch();
  private finish!: (exitCode: number) => void;
  private child: EngineChild | undefined;
  private standby: EngineChild | undefined;
  private connection: EngineConnection | undefined;
  private pulse: EngineConnection | undefined;
  private pid: number | undefined;
  private mirror: EngineMirror | undefined;
  private query: QuerySurface | undefined;
  private restarts = 0;
  private diedMs = 0;
  private failure: EngineFailure | undefined;
  private isReady = false;
  private isLate = false;
  private isOver = false;
  /** Settles the start: `startPlay` waits for it. */
  private started: { done(): void; failed(error: Error): void } | undefined;

  private constructor(private options: PlayOptions) {
    this.place = meetingPlace(options.oscPort);
    this.done = new Promise((resolve) => {
      this.finish = resolve;
    });
  }

  /** Takes over the engine that plays on this port, or starts one. Rejects with a coded error when there is no sound to be had. */
  static async begin(options: PlayOptions): Promise<Supervisor> {
    const supervisor = new Supervisor(options);
    if (!(await supervisor.attach())) await supervisor.startFirst();
    void supervisor.openQuery();
    const watch = setInterval(() => supervisor.watch(), watchMs);
    void supervisor.done.then(() => clearInterval(watch));
    return supervisor;
  }

  async stop(): Promise<void> {
    if (this.isOver) return;
    this.connection?.send({ kind: 'quit' });
    await Promise.race([this.done, sleep(quitLimitMs, undefined, { ref: false })]);
    if (this.isOver) return;
    this.kill();
    this.end(0, 'The engine did not close in time and was ended.');
  }

  private async attach(): Promise<boolean> {
    let meeting = await this.meet();
    // An engine hears of the death of its supervisor a moment later.
    for (
      const endMs = performance.now() + letGoMs;
      meeting?.found?.isSupervised;
      meeting = await this.meet()
    ) {
      if (performance.now() > endMs) break;
      meeting.refuse();
      await sleep(watchMs);
    }
    if (meeting === undefined) return false;
    const { connection, found, refuse } = meeting;
    const { oscPort } = this.options;
    if (found === undefined || found.isSupervised) {
      this.isOver = true;
      refuse();
      const who = found === undefined ? 'does not answer' : `has process id ${found.pid}`;
      throw new EngineError('ENGINE_TAKEN', `The engine that plays on OSC port ${oscPort} ${who}.`);
    }
    this.connection = connection;
    this.attached = true;
    this.isReady = found.isReady;
    this.pid = found.pid;
    this.options = found.options;
    this.restarts = found.restarts;
    if (found.isReady) {
      void this.listenToPulse();
      setTimeout(() => this.prepareStandby(), standbyAfterMs).unref();
    }
    this.tell('attached', `Took over the engine that plays on OSC port ${oscPort} (process ${found.pid}).`);
    return true;
  }

  /** What an engine on this port says of itself, within a while. `refuse` ends it: nothing that is heard from then on is of concern. */
  private async meet() {
    let hello: (message: Hello) => void = () => undefined;
    const greeted = new Promise<Hello>((resolve) => {
      hello = resolve;
    });
    const listener = this.listener();
    let isRefused = false;
    const connection = await tryConnect(this.place.socketPath, {
      receive: (message) => {
        if (message.kind === 'hello') hello(message);
        else if (!isRefused) listener.receive(message);
      },
      closed: () => {
        if (!isRefused) listener.closed();
      },
    });
    if (connection === undefined) return undefined;
    const found = await Promise.race([greeted, sleep(helloLimitMs, undefined, { ref: false })]);
    // An engine that has a supervisor closes by itself.
    isRefused = found?.isSupervised ?? true;
    const refuse = (): void => {
      isRefused = true;
      connection.close();
    };
    return { connection, found, refuse };
  }

  private async startFirst(): Promise<void> {
    const started = new Promise<void>((done, failed) => {
      this.started = { done, failed };
    });
    writeFileSync(this.place.logPath, '', { mode: 0o600 });
    void this.launch('');
    await started;
  }

  private async launch(reason: string): Promise<void> {
    this.failure = undefined;
    this.isReady = false;
    this.life = new LifeWatch();
    const { options, restarts, mirror } = this;
    const { socketPath, pulsePath, logPath } = this.place;
    removeSocketFile(socketPath);
    removeSocketFile(pulsePath);
    const child = this.takeStandby() ?? spawnEngine(logPath);
    const restore = mirror === undefined ? {} : { restore: mirror };
    child.start({ options, socketPath, pulsePath, restarts, reason, ...restore });
    this.child = child;
    this.pid = child.pid;
    const connection = await connectWhenUp(
      socketPath,
      this.listener(),
      () => child.hasExited || this.isOver,
      upLimitMs,
    );
    if (connection !== undefined) {
      this.connection = connection;
      return;
    }
    if (this.isOver) return;
    child.kill();
    this.failure = new EngineError(
      'ENGINE_START',
      `The engine process did not come up (${await child.exited}); its log is ${logPath}. ${logTail(logPath)}`,
    );
    await this.onDeath();
  }

  /** Only when there is sound: it loads modules, and nobody waits for it. */
  private async openQuery(): Promise<void> {
    const { query } = this.options;
    if (query === undefined) return;
    try {
      const { QuerySurface } = await import('./query-surface.js');
      const surface = await QuerySurface.open(this.options, query, ({ code, message }) =>
        this.tell('warning', message, code),
      );
      if (this.isOver) return await surface.close();
      this.query = surface;
      if (this.mirror !== undefined) surface.show(this.mirror);
      this.tell('query', `OSCQuery clients find it at ${surface.url} as ${surface.name}.`);
    } catch (error) {
      const { code, message } = describeError(error, 'OSC_QUERY_PORT');
      this.tell('warning', message, code);
    }
  }

  private listener(): EngineListener {
    let isCurrent = true;
    return {
      receive: (message) => {
        if (isCurrent) this.take(message);
      },
      closed: () => {
        if (!isCurrent) return;
        isCurrent = false;
        void this.onDeath();
      },
    };
  }

  private take(message: FromEngine): void {
    this.life.heardLine();
    switch (message.kind) {
      case 'hello':
        this.pid = message.pid;
        break;
      case 'status':
        this.statuses.next(message.status);
        break;
      case 'mirror':
        this.mirror = message.mirror;
        this.query?.show(message.mirror);
        break;
      case 'event':
        this.tell(message.event, message.message, message.code);
        // A device that is waited for is a start too: there is somebody to talk to.
        if (message.event === 'waiting') this.settleStart();
        break;
      case 'ready':
        this.onReady();
        break;
      case 'failed':
        this.failure = message.failure;
        break;
      case 'bye':
        this.end(0, 'The engine has faded out and closed everything.');
        break;
    }
  }

  private onReady(): void {
    this.isReady = true;
    this.policy.cameUp(performance.now());
    void this.listenToPulse();
    const preset = this.mirror?.presetName ?? this.options.preset;
    if (this.diedMs > 0) {
      const ms = Math.round(performance.now() - this.diedMs);
      this.tell('engine-restarted', `Plays ${preset} again after ${ms} ms.`);
    } else this.tell('started', `Plays ${preset} (process ${this.pid}).`);
    this.settleStart();
    setTimeout(() => this.prepareStandby(), standbyAfterMs).unref();
  }

  /** An engine with its modules loaded, kept so that a restart is short. None when it has ended by itself. */
  private takeStandby(): EngineChild | undefined {
    const standby = this.standby;
    this.standby = undefined;
    return standby?.hasExited === false ? standby : undefined;
  }

  private prepareStandby(): void {
    if (this.isOver || this.standby?.hasExited === false) return;
    this.standby = spawnEngine(this.place.logPath);
  }

  private settleStart(): void {
    this.started?.done();
    this.started = undefined;
  }

  /** The engine is gone, or its process never came up. */
  private async onDeath(): Promise<void> {
    if (this.isOver) return;
    this.connection = undefined;
    this.diedMs = performance.now();
    this.kill();
    const how = this.failure?.message ?? (await this.howItEnded());
    if (this.started !== undefined) {
      const error =
        this.failure ?? new EngineError('ENGINE_START', `The engine process ended at once (${how}).`);
      this.started.failed(error instanceof Error ? error : new RemoteError(error));
      this.end(1, undefined);
      return;
    }
    this.tell('engine-died', `The engine has died: ${how}`, this.failure?.code);
    const delayMs = this.policy.died(this.diedMs);
    if (delayMs === undefined) {
      const message = `The engine died ${this.policy.limit} times in a row, last: ${how} Its log is ${this.place.logPath}.`;
      this.tell('error', message, 'ENGINE_DIES');
      this.end(1, undefined);
      return;
    }
    if (delayMs > 0) await sleep(delayMs);
    if (this.isOver) return;
    this.restarts++;
    await this.launch(how);
  }

  /** A moment is given to the system to say which signal it was. */
  private async howItEnded(): Promise<string> {
    const ending = await Promise.race([this.child?.exited, sleep(20, undefined)]);
    return ending === undefined ? 'its process has gone.' : `its process ended with ${ending}.`;
  }

  /** Only when there is sound. Without it an engine is judged by its main thread alone. */
  private async listenToPulse(): Promise<void> {
    const { life } = this;
    const pulse = await tryConnect(this.place.pulsePath, {
      receive: (message) => {
        if (message.kind === 'pulse') life.heardPulse(message.frame);
      },
      closed: () => undefined,
    });
    if (this.isOver) pulse?.close();
    else this.pulse = pulse;
  }

  private watch(): void {
    if (this.connection === undefined || !this.isReady) return;
    const sign = this.life.look();
    if (sign === 'late' && !this.isLate) {
      const message = 'The engine has not answered for several seconds; the sound goes on.';
      this.tell('warning', message, 'ENGINE_LATE');
    }
    this.isLate = sign === 'late';
    if (sign !== 'dead' && sign !== 'deaf') return;
    const how =
      sign === 'dead'
        ? 'The engine process gives no sign of life.'
        : 'The engine process has not answered for a minute.';
    this.failure = new EngineError('ENGINE_STALLED', how);
    this.kill();
  }

  private kill(): void {
    if (this.pid === undefined) return;
    try {
      process.kill(this.pid, 'SIGKILL');
    } catch {
      // It is gone already.
    }
    this.pid = undefined;
  }

  private tell(kind: PlayEventKind, message: string, code?: string): void {
    this.events.next({ kind, message, ...(code === undefined ? {} : { code }) });
  }

  private end(exitCode: number, message: string | undefined): void {
    if (this.isOver) return;
    this.isOver = true;
    this.standby?.dismiss();
    this.connection?.close();
    this.pulse?.close();
    void this.query?.close();
    if (message !== undefined) this.tell('stopped', message);
    this.finish(exitCode);
    this.statuses.complete();
    this.events.complete();
  }
}
