/** Messages over UDP into a running engine, as many as a stage full of faders sends: what it costs, and what is lost. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { PATCH_FORMAT, type Patch } from '../../../../graph/index.js';
import { createOscClient } from '../../../osc/index.js';
import type { PlayOptions } from '../../../process/play-options.js';
import { statusFields } from '../../ask-status.js';
import { startEngineUnderTest } from '../latency/engine-under-test.js';
import { quantile } from '../order-statistics.js';
import type { SenderOrder, SenderReport } from './sender-worker.js';

/** Params of a node `mix` that the messages move. */
const paramsOfMix = 8;
const settleMs = 1500;
/** Requests that ask, meanwhile, how long an answer takes. */
const askEveryMs = 50;
const patienceMs = 1000;
/** After the last packet: what is on its way arrives. */
const restMs = 300;

export interface TrafficOptions {
  readonly play: Omit<PlayOptions, 'preset'>;
  readonly bundle: string;
  readonly perSecond: number;
  readonly addresses: number;
  readonly seconds: number;
}

export interface TrafficResult {
  readonly addresses: number;
  readonly seconds: number;
  readonly sent: number;
  readonly sentPerSecond: number;
  /** Sent and not received; received and dropped by the rate limit. */
  readonly lost: number;
  readonly dropped: number;
  /** `/sync`s in between that got no answer in time. */
  readonly unanswered: number;
  readonly refused: number;
  readonly handlingUs: number;
  readonly handlingP99Us: number;
  readonly handlingWorstUs: number;
  /** From `/sync` to `/synced`, ms. */
  readonly answerMs: { readonly median: number; readonly p99: number; readonly worst: number };
  readonly xruns: number;
  readonly modelXruns: number;
}

export async function benchTraffic(options: TrafficOptions): Promise<TrafficResult> {
  const { play, perSecond, addresses, seconds } = options;
  const engine = await startEngineUnderTest(manyParams(options), { ...play, preset: '' }, () => undefined);
  const client = await createOscClient({ port: engine.oscPort });
  const ask = async () => statusFields((await client.request('/status', [], '/status.reply', 5000)).args);
  try {
    await sleep(settleMs);
    const [before, status] = [await ask(), engine.status()];
    const order: SenderOrder = {
      port: engine.oscPort,
      perSecond,
      seconds,
      addresses: addressesOf(addresses),
    };
    const sending = send(order);
    const answersMs: number[] = [];
    let isOver = false;
    void sending.then(() => {
      isOver = true;
    });
    let unanswered = 0;
    while (!isOver) {
      const startMs = performance.now();
      const asking = client.request('/sync', [{ type: 'i', value: 0 }], '/synced', patienceMs);
      // Lost as any other packet may be.
      const isAnswered = await asking.then(
        () => true,
        () => false,
      );
      if (isAnswered) answersMs.push(performance.now() - startMs);
      else unanswered++;
      await sleep(askEveryMs);
    }
    const report = await sending;
    await sleep(restMs);
    const [after, statusAfter] = [await ask(), engine.status()];
    const difference = (name: string): number => Number(after[name]) - Number(before[name]);
    return {
      addresses,
      seconds: report.seconds,
      sent: report.sent,
      sentPerSecond: report.sent / report.seconds,
      // Of the packets that came in between, the syncs and the second question are ours.
      lost: Math.max(0, report.sent - (difference('oscPackets') - answersMs.length - 1)),
      dropped: difference('oscDropped'),
      unanswered,
      refused: difference('oscRefused'),
      handlingUs: Number(after.oscHandlingUs),
      handlingP99Us: Number(after.oscHandlingP99Us),
      handlingWorstUs: Number(after.oscHandlingWorstUs),
      answerMs: {
        median: quantile(answersMs, 0.5),
        p99: quantile(answersMs, 0.99),
        worst: quantile(answersMs, 1),
      },
      xruns: statusAfter.xruns - status.xruns,
      modelXruns: statusAfter.modelXruns - status.modelXruns,
    };
  } finally {
    await client.close();
    await engine.stop();
  }
}

/** On a thread of its own: this one belongs to the engine. */
function send(order: SenderOrder): Promise<SenderReport> {
  const worker = new Worker(new URL('./sender-worker.js', import.meta.url), { workerData: order });
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

function addressesOf(count: number): readonly string[] {
  return Array.from(
    { length: count },
    (_, n) => `/node/mix-${Math.floor(n / paramsOfMix)}/level${(n % paramsOfMix) + 1}Db`,
  );
}

/** A model, and after it so many mixers that they have the params: each with all inputs connected, so that every level is heard. */
function manyParams({ bundle, addresses }: TrafficOptions): Patch {
  const numMixes = Math.ceil(addresses / paramsOfMix);
  const mixes = Array.from({ length: numMixes }, (_, n) => `mix-${n}`);
  return {
    format: PATCH_FORMAT,
    formatVersion: 1,
    title: 'Traffic',
    description: 'One model through many mixers.',
    messages: [],
    nodes: [
      { id: 'model', type: 'sashimi', settings: { bundle }, params: {} },
      ...mixes.map((id) => ({ id, type: 'mix', settings: {}, params: {} })),
    ],
    edges: mixes.flatMap((id, n) =>
      Array.from({ length: paramsOfMix }, (_, k) => ({
        from: n === 0 || k > 0 ? 'model.audio' : `mix-${n - 1}.audio`,
        to: `${id}.in${k + 1}`,
      })),
    ),
    output: `${mixes.at(-1)}.audio`,
  };
}
