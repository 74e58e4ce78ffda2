/** The process in which steppers are tried: one that hangs or crashes in a driver takes nothing else with it. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { CandidateName, Stage, Trial } from '../../models/index.js';

export interface SelfTestOrder {
  readonly bundleDir: string;
  readonly candidates: readonly CandidateName[];
  readonly voices: number;
  readonly cores: number;
}

/** In this order: `tried` before what may hang, `ended` with each result, `done` once. */
export type SelfTestNews =
  | { readonly kind: 'tried'; readonly candidate: CandidateName; readonly stage: Stage }
  | { readonly kind: 'ended'; readonly trial: Trial }
  | { readonly kind: 'done' };

export interface TestProcess {
  /** What it tells next; `silent` when that takes longer than `limitMs`, `gone` when it has ended. One call at a time. */
  next(limitMs: number): Promise<SelfTestNews | 'silent' | 'gone'>;
  /** At once, whatever it does. */
  kill(): void;
}

export function startTestProcess(order: SelfTestOrder): TestProcess {
  const child = fork(fileURLToPath(new URL('./self-test-main.js', import.meta.url)), {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  child.unref();
  return new ForkedTest(child, order);
}

class ForkedTest implements TestProcess {
  private readonly waiting: SelfTestNews[] = [];
  private isGone = false;
  private wake: () => void = () => undefined;

  constructor(
    private readonly child: ChildProcess,
    order: SelfTestOrder,
  ) {
    child.on('message', (news) => {
      this.waiting.push(news as SelfTestNews);
      this.wake();
    });
    const gone = (): void => {
      this.isGone = true;
      this.wake();
    };
    child.once('error', gone);
    child.once('exit', gone);
    child.send(order, () => undefined);
  }

  async next(limitMs: number): Promise<SelfTestNews | 'silent' | 'gone'> {
    if (this.waiting.length === 0 && !this.isGone) await this.news(limitMs);
    return this.waiting.shift() ?? (this.isGone ? 'gone' : 'silent');
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  private news(limitMs: number): Promise<void> {
    return new Promise((done) => {
      const timer = setTimeout(done, limitMs);
      this.wake = () => {
        clearTimeout(timer);
        done();
      };
    });
  }
}
