/** The OSC worker thread: the sockets and the dispatcher, nothing that could be slow. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Told } from '../control/coerce.js';
import type { OscError } from '../control/errors.js';
import type { ReplyOrder } from '../control/reply-order.js';
import { AudioWay } from './audio-way.js';
import { ClockReader } from './clock-page.js';
import { Dispatcher } from './dispatcher.js';
import { createFrameClock } from './frame-clock.js';
import { Gate } from './gate.js';
import { monotonicMs } from './monotonic.js';
import { preferThread } from './preferred-thread.js';
import { openPulse } from './pulse.js';
import { openUdpServer, type UdpServer } from './server.js';
import { openTcpServer, type TcpServer } from './tcp-server.js';
import { TimeHistogram } from './time-histogram.js';
import { createWallClock } from './wall-clock.js';
import { encodePacket } from './wire-encode.js';
import type { FromOscWorker, OscWorkerData, Peer, ToOscWorker } from './worker-protocol.js';

const TICK_MS = 250;
const MEASURE_WALL_CLOCK_MS = 1000;

async function main(main: NonNullable<typeof parentPort>, data: OscWorkerData): Promise<void> {
  // A machine that is busy with other things would let datagrams wait until the socket's buffer is full.
  preferThread();
  const post = (message: FromOscWorker): void => main.postMessage(message);
  const fail = ({ code, message, remedy }: OscError): void => post({ kind: 'failed', code, message, remedy });
  const warn = ({ code, message }: Told): void => post({ kind: 'warning', code, message });
  const wallClock = createWallClock();
  const gate = new Gate(data.allow, warn);
  const admits = (address: string | undefined): boolean => gate.admits(address);

  const audio = new AudioWay(
    { post: (items) => data.audioPort.postMessage(items), soon: (callback) => void setImmediate(callback) },
    data.paramRing,
  );

  const handling = new TimeHistogram();
  const receive = (bytes: Uint8Array, from: Peer): void => {
    const startMs = monotonicMs();
    dispatcher.receive(bytes, from);
    handling.add((monotonicMs() - startMs) * 1000);
  };

  let udp: UdpServer | undefined;
  let tcp: TcpServer | undefined;
  const dispatcher = new Dispatcher(
    {
      toAudio: (message) => audio.send(message),
      toEngine: (request) => post({ kind: 'request', request }),
      toGraph: (transaction) => post({ kind: 'edits', transaction }),
      send(message, to) {
        audio.flush();
        (to.via === 'tcp' ? tcp : udp)?.send(encodePacket(message), to);
      },
      accepts: (to) => to.via !== 'tcp' || (tcp?.accepts(to) ?? false),
      later: (delayMs, action) => void setTimeout(action, delayMs),
      subscribersChanged: (subscribers) => post({ kind: 'subscribers', subscribers }),
      nowMs: monotonicMs,
      clock: createFrameClock(new ClockReader(data.clock), wallClock),
      wireCounters: () => ({
        oscForeign: gate.numRefused,
        oscTcpPort: tcp?.port ?? 0,
        oscConnections: tcp?.numConnections ?? 0,
        oscHandlingUs: handling.meanUs,
        oscHandlingP99Us: handling.quantileUs(0.99),
        oscHandlingWorstUs: handling.worstUs,
      }),
    },
    data.version,
    data.table,
    data.subscribers,
  );

  try {
    udp = await openUdpServer({
      port: data.port,
      host: data.host,
      admits,
      onPacket: receive,
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
  const opened = udp;
  if (data.tcpPort !== undefined) {
    try {
      tcp = await openTcpServer({
        port: data.tcpPort === 'same' ? opened.port : data.tcpPort,
        host: data.host,
        admits,
        onPacket: receive,
        onGone: (peer) => dispatcher.gone(peer),
      });
    } catch (error) {
      warn(error as OscError);
    }
  }

  if (data.pulsePath !== undefined) openPulse(data.pulsePath, new ClockReader(data.clock));
  const ticking = setInterval(() => dispatcher.tick(), TICK_MS);
  const measuring = setInterval(() => wallClock.measure(), MEASURE_WALL_CLOCK_MS);
  data.audioPort.on('message', (order: ReplyOrder) => dispatcher.answer(order));
  main.on('message', (message: ToOscWorker) => {
    if (message.kind === 'table') dispatcher.setTable(message.table);
    else if (message.kind === 'voice') dispatcher.setVoice(message.voice, message.table);
    else if (message.kind === 'values') dispatcher.setValues(message.changes, message.isWhole);
    else if (message.kind === 'status') dispatcher.setStatus(message.status);
    else if (message.kind === 'reply') dispatcher.answer(message.order);
    else if (message.kind === 'event') dispatcher.broadcast(message.event);
    else {
      clearInterval(ticking);
      clearInterval(measuring);
      audio.flush();
      // What was sent in this turn leaves before the sockets are closed.
      setImmediate(() => void Promise.all([opened.close(), tcp?.close()]).then(() => process.exit(0)));
    }
  });
  post({ kind: 'listening', port: opened.port, tcpPort: tcp?.port ?? 0 });
}

if (parentPort !== null) await main(parentPort, workerData as OscWorkerData);
