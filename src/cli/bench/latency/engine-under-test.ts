/** The engine that `sashimi play` runs, in this process, with a log at its sink. */
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { Patch } from '../../../../graph/index.js';
import type { EngineStatus, StampedMessage } from '../../../control/index.js';
import { attendAudioWorker } from '../../../process/audio-handle.js';
import type { FromEngine } from '../../../process/engine-link.js';
import { EngineProcess } from '../../../process/engine-process.js';
import type { PlayOptions } from '../../../process/play-options.js';
import { SinkLog } from '../../../process/sink-log.js';
import { noVoices } from '../../../process/voice-roster.js';
import { SinkHistory } from './sink-history.js';

/** Sound that may wait to be looked at, and that is kept afterwards. */
const logSeconds = 30;
const historySeconds = 2;

export interface EngineUnderTest {
  /** UDP port that it listens on. */
  readonly oscPort: number;
  readonly history: SinkHistory;
  /** The last one told, ten a second. Throws what the engine failed of. */
  status(): EngineStatus;
  stop(): Promise<void>;
}

/**
 * Resolves when it plays. `options.oscPort` 0 takes a free port. `onWaiting` is told what device it waits for, `onStamped`
 * what the OSC worker hands to the audio thread: it then goes by this thread, a little later.
 */
export async function startEngineUnderTest(
  patch: Patch,
  options: PlayOptions,
  onWaiting: (message: string) => void,
  onStamped?: (messages: readonly StampedMessage[]) => void,
): Promise<EngineUnderTest> {
  const { sampleRate, blockFrames, channels } = options;
  const log = new SinkLog(SinkLog.allocate(logSeconds * sampleRate, channels), channels);
  const history = new SinkHistory(log, sampleRate, blockFrames, historySeconds * sampleRate);
  const worker = new Worker(new URL('../../../process/audio-worker.js', import.meta.url), { name: 'audio' });
  let status: EngineStatus | undefined;
  let failure: unknown;
  let ended: () => void = () => undefined;
  let settled: () => void = () => undefined;
  const isSettled = new Promise<void>((resolve) => {
    settled = resolve;
  });
  const restore = {
    presetName: 'latency',
    patch,
    masterGainDb: 0,
    muted: false,
    subscribers: [],
    voices: noVoices,
  };
  const audio = attendAudioWorker(worker);
  const engine = await EngineProcess.begin(
    { options, socketPath: '', restarts: 0, reason: '', restore },
    onStamped === undefined
      ? audio
      : { ...audio, connectOsc: (port) => audio.connectOsc(heardOn(port, onStamped)) },
    {
      sinkLog: log.memory,
      isPortOnly: onStamped !== undefined,
      send(message: FromEngine) {
        if (message.kind === 'status') status = message.status;
        if (message.kind === 'ready') settled();
        if (message.kind === 'event' && message.event === 'waiting') onWaiting(message.message);
      },
      failed(error) {
        failure = error;
        settled();
      },
      ended: () => ended(),
    },
  );
  const statusNow = (): EngineStatus => {
    if (failure !== undefined) throw failure;
    return status!;
  };
  await isSettled;
  return {
    oscPort: statusNow().oscPort,
    history,
    status: statusNow,
    stop: () =>
      new Promise((resolve, reject) => {
        ended = resolve;
        engine.quit().catch(reject);
      }),
  };
}

/** A port that passes on what comes through `port`, both ways, and tells of it. */
function heardOn(port: MessagePort, tell: (messages: readonly StampedMessage[]) => void): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port.on('message', (messages: readonly StampedMessage[]) => {
    port1.postMessage(messages);
    tell(messages);
  });
  port1.on('message', (order) => port.postMessage(order));
  for (const each of [port, port1]) each.unref();
  return port2;
}
