/** Worker thread: owns the sessions of one model and the states of its voices. Started by runtime-thread.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Bundle } from '../../bundle/types.js';
import { ModelError, type ModelErrorCode } from '../../errors.js';
import { exportOnnx } from '../export.js';
import { periodState, type StateTensor, stateModel, steeringName } from '../graph/state-layout.js';
import type { OnnxProvider } from '../providers.js';
import { steeringLayout, type TierRowsAt } from '../steering.js';
import { type Command, Mailbox, type MailboxSize } from './mailbox.js';
import {
  loadOnnxRuntime,
  type OnnxRuntime,
  type OnnxSession,
  type OnnxTensor,
  openSession,
} from './runtime.js';

export interface RuntimeWorkerData {
  readonly bundle: Bundle;
  readonly provider: OnnxProvider;
  readonly size: MailboxSize;
  readonly buffer: SharedArrayBuffer;
}

/** The one message that the worker posts: what it runs on, or why it cannot. */
export type RuntimeWorkerReply =
  | { readonly ok: true; readonly runtimeVersion: string }
  | { readonly ok: false; readonly failure: RuntimeFailure };

/** A clone of an error would lose its code and its remedy; `code` is undefined for what is no ModelError. */
export interface RuntimeFailure {
  readonly code: ModelErrorCode | undefined;
  readonly message: string;
  readonly remedy?: string;
}

/** Tensors of a voice's state, written in place by the runs. */
type State = Record<string, OnnxTensor>;

interface VoiceStates {
  now: State;
  /** After the last run. */
  next: State;
}

class RuntimeWorker {
  private readonly voices = new Map<number, VoiceStates>();
  private readonly layout: readonly StateTensor[];
  private readonly steeringLayout: readonly TierRowsAt[];
  private prime: OnnxSession | undefined;

  constructor(
    private readonly data: RuntimeWorkerData,
    private readonly runtime: OnnxRuntime,
    private readonly chunk: OnnxSession,
    private readonly mailbox: Mailbox,
  ) {
    this.layout = periodState(stateModel(data.bundle));
    this.steeringLayout = steeringLayout(data.bundle, data.size.maxRows);
  }

  /** Until it is told to close. Sleeps between commands; the event loop runs only while a session runs. */
  async serve(): Promise<void> {
    for (;;) {
      const { command, slot, rows, wantsLogits } = this.mailbox.awaitCommand();
      if (command === 'close') return this.mailbox.answer();
      try {
        await this.execute(command, slot, rows, wantsLogits);
        this.mailbox.answer();
      } catch (error) {
        this.mailbox.answer(error instanceof Error ? error.message : String(error));
      }
    }
  }

  private async execute(command: Command, slot: number, rows: number, wantsLogits: boolean): Promise<void> {
    if (command === 'reset') return this.reset(slot);
    if (command === 'free') return void this.voices.delete(slot);
    const voice = this.voices.get(slot)!;
    if (command === 'chunk') return this.runChunk(voice, rows, wantsLogits);
    if (command === 'prime') return this.runPrime(voice, rows);
    if (command === 'commit') {
      [voice.now, voice.next] = [voice.next, voice.now];
      return;
    }
    let at = 0;
    for (const { name } of this.layout) {
      const values = voice.now[name]!.data as Float32Array;
      const shared = this.mailbox.state.subarray(at, at + values.length);
      if (command === 'read') shared.set(values);
      else values.set(shared);
      at += values.length;
    }
  }

  private reset(slot: number): void {
    const voice = this.voices.get(slot);
    if (voice === undefined) {
      this.voices.set(slot, { now: this.zeros(), next: this.zeros() });
      return;
    }
    for (const { data } of Object.values(voice.now)) (data as Float32Array).fill(0);
  }

  private zeros(): State {
    return Object.fromEntries(
      this.layout.map(({ name, shape }) => {
        const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
        return [name, new this.runtime.Tensor('float32', values, shape)];
      }),
    );
  }

  private async runChunk(voice: VoiceStates, rows: number, wantsLogits: boolean): Promise<void> {
    const { mailbox } = this;
    const { Tensor } = this.runtime;
    const [temperature, topP, topK] = mailbox.sampling as unknown as [number, number, number];
    const feeds = {
      tokens: this.tokens(rows),
      // Copies: the runtime takes no shared memory.
      uniforms: new Tensor('float64', mailbox.uniforms.slice(0, rows), [rows]),
      temperature: new Tensor('float64', Float64Array.of(temperature), []),
      top_p: new Tensor('float64', Float64Array.of(topP), []),
      top_k: new Tensor('int64', BigInt64Array.of(BigInt(Math.trunc(topK))), []),
      ...this.steering(rows),
      ...voice.now,
    };
    const fetches = { drawn: null, ...(wantsLogits ? { logits: null } : {}), ...this.nextOf(voice) };
    const results = await this.chunk.run(feeds, fetches);
    const drawn = results.drawn!.data as BigInt64Array;
    for (let row = 0; row < rows; row++) mailbox.drawn[row] = Number(drawn[row]);
    if (wantsLogits) mailbox.logits.set(results.logits!.data as Float32Array);
  }

  private async runPrime(voice: VoiceStates, rows: number): Promise<void> {
    const { bundle, provider } = this.data;
    this.prime ??= await openSession(this.runtime, exportOnnx(bundle, 'prime'), provider);
    const fetches = { logits: null, ...this.nextOf(voice) };
    const results = await this.prime.run(
      { tokens: this.tokens(rows), ...this.steering(rows), ...voice.now },
      fetches,
    );
    this.mailbox.logits.set(results.logits!.data as Float32Array);
  }

  private tokens(rows: number): OnnxTensor {
    const ids = BigInt64Array.from({ length: rows }, (_, row) => BigInt(this.mailbox.tokens[row]!));
    return new this.runtime.Tensor('int64', ids, [rows]);
  }

  private steering(rows: number): Record<string, OnnxTensor> {
    const { Tensor } = this.runtime;
    return Object.fromEntries(
      this.steeringLayout.map(({ span, width, start }, k) => {
        const count = rows / span;
        const values = this.mailbox.steering.slice(start, start + count * width);
        return [steeringName(k), new Tensor('float32', values, [count, width])];
      }),
    );
  }

  private nextOf(voice: VoiceStates): State {
    return Object.fromEntries(Object.entries(voice.next).map(([name, tensor]) => [`${name}.next`, tensor]));
  }
}

function failureOf(error: unknown): RuntimeFailure {
  if (error instanceof ModelError) {
    const { code, message, remedy } = error;
    return { code, message, remedy };
  }
  return { code: undefined, message: error instanceof Error ? error.message : String(error) };
}

async function main(data: RuntimeWorkerData): Promise<void> {
  let worker: RuntimeWorker;
  try {
    const runtime = await loadOnnxRuntime();
    const chunk = await openSession(runtime, exportOnnx(data.bundle, 'chunk'), data.provider);
    worker = new RuntimeWorker(data, runtime, chunk, new Mailbox(data.size, data.buffer));
    const runtimeVersion = runtime.env.versions.node ?? 'of unknown version';
    parentPort?.postMessage({ ok: true, runtimeVersion } satisfies RuntimeWorkerReply);
  } catch (error) {
    parentPort?.postMessage({ ok: false, failure: failureOf(error) } satisfies RuntimeWorkerReply);
    return;
  }
  await worker.serve();
}

await main(workerData as RuntimeWorkerData);
