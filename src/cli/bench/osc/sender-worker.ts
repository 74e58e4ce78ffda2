/** Sends OSC over UDP at a steady rate, on a thread of its own. */
import { createSocket } from 'node:dgram';
import { parentPort, workerData } from 'node:worker_threads';
import { encodePacket } from '../../../osc/index.js';

export interface SenderOrder {
  readonly port: number;
  readonly perSecond: number;
  readonly seconds: number;
  readonly addresses: readonly string[];
}

export interface SenderReport {
  readonly sent: number;
  /** That it took. */
  readonly seconds: number;
}

const turnMs = 2;
/** What was sent last leaves within that. */
const lastMs = 50;
/** Before the measurement, to nobody. */
const warmSeconds = 1;
/** Each address is given them in turn. */
const levelsDb = [-1, -2, -3, -2];

function run(
  { port, perSecond, seconds, addresses }: SenderOrder,
  done: (report: SenderReport) => void,
): void {
  const packets = levelsDb.flatMap((value) =>
    addresses.map((address) => encodePacket({ kind: 'message', address, args: [{ type: 'f', value }] })),
  );
  const nobody = createSocket('udp4');
  nobody.bind(0, '127.0.0.1', () => {
    // The first of the packets go to nobody: a thread that is not warm yet would send the rest of them in bursts.
    sendTo(nobody.address().port, packets, { perSecond, seconds: warmSeconds }, () => {
      nobody.close();
      sendTo(port, packets, { perSecond, seconds }, done);
    });
  });
}

function sendTo(
  port: number,
  packets: readonly Uint8Array[],
  { perSecond, seconds }: Pick<SenderOrder, 'perSecond' | 'seconds'>,
  done: (report: SenderReport) => void,
): void {
  const socket = createSocket('udp4');
  let startMs = 0;
  let sent = 0;
  const turn = (): void => {
    const elapsed = (performance.now() - startMs) / 1000;
    const due = Math.floor(Math.min(elapsed, seconds) * perSecond);
    for (; sent < due; sent++) socket.send(packets[sent % packets.length]!);
    if (elapsed < seconds) setTimeout(turn, turnMs);
    else setTimeout(() => socket.close(() => done({ sent, seconds: elapsed })), lastMs);
  };
  socket.connect(port, '127.0.0.1', () => {
    startMs = performance.now();
    turn();
  });
}

run(workerData as SenderOrder, (report) => parentPort?.postMessage(report));
