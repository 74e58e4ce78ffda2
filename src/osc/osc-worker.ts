/** The OSC worker thread: the socket and the dispatcher, nothing that could be slow. */
import { parentPort, workerData } from 'node:worker_threads';
import type { OscError } from '../control/errors.js';
import type { StampedMessage } from '../control/messages.js';
import type { ReplyOrder } from '../control/reply-order.js';
import { ClockReader } from './clock-page.js';
import { Dispatcher } from './dispatcher.js';
import { createFrameClock } from './frame-clock.js';
import { monotonicMs } from './monotonic.js';
import { openUdpServer, type UdpServer } from './server.js';
import { createWallClock } from './wall-clock.js';
import { encodePacket } from './wire-encode.js';
import type { FromOscWorker, OscWorkerData, ToOscWorker } from './worker-protocol.js';

const TICK_MS = 250;
const MEASURE_WALL_CLOCK_MS = 1000;

async function main(main: NonNullable<typeof parentPort>, data: OscWorkerData): Promise<void> {
  const post = (message: FromOscWorker): void => main.postMessage(message);
  const fail = ({ code, message, remedy }: OscError): void => post({ kind: 'failed', code, message, remedy });
  const wallClock = createWallClock();

  // Packets that arrive together are posted together: one wake-up of the audio thread for all.
  let outbox: StampedMessage[] = [];
  const flush = (): void => {
    if (outbox.length === 0) return;
    data.audioPort.postMessage(outbox);
    outbox = [];
  };

  let server: UdpServer | undefined;
  const dispatcher = new Dispatcher(
    {
      toAudio(message) {
        if (outbox.push(message) === 1) setImmediate(flush);
      },
      toEngine: (request) => post({ kind: 'request', request }),
      toGraph: (transaction) => post({ kind: 'edits', transaction }),
      send(message, to) {
        flush();
        server?.send(encodePacket(message), to);
      },
      later: (delayMs, action) => void setTimeout(action, delayMs),
      subscribersChanged: (subscribers) => post({ kind: 'subscribers', subscribers }),
      nowMs: monotonicMs,
      clock: createFrameClock(new ClockReader(data.clock), wallClock),
    },
    data.version,
    data.table,
    data.subscribers,
  );

  try {
    server = await openUdpServer({
      port: data.port,
      host: data.host,
      onPacket: (bytes, from) => dispatcher.receive(bytes, from),
      onFailed: (error) => {
        fail(error);
        process.exit(1);
      },
    });
  } catch (error) {
    fail(error as OscError);
    data.audioPort.close();
    return;
  }
  const opened = server;

  const ticking = setInterval(() => dispatcher.tick(), TICK_MS);
  const measuring = setInterval(() => wallClock.measure(), MEASURE_WALL_CLOCK_MS);
  data.audioPort.on('message', (order: ReplyOrder) => dispatcher.answer(order));
  main.on('message', (message: ToOscWorker) => {
    if (message.kind === 'table') dispatcher.setTable(message.table);
    else if (message.kind === 'voice') dispatcher.setVoice(message.voice, message.table);
    else if (message.kind === 'status') dispatcher.setStatus(message.status);
    else if (message.kind === 'reply') dispatcher.answer(message.order);
    else if (message.kind === 'event') dispatcher.broadcast(message.event);
    else {
      clearInterval(ticking);
      clearInterval(measuring);
      flush();
      // Datagrams queued in this turn leave before the socket is closed.
      setImmediate(() => void opened.close().then(() => process.exit(0)));
    }
  });
  post({ kind: 'listening', port: opened.port });
}

if (parentPort !== null) await main(parentPort, workerData as OscWorkerData);
