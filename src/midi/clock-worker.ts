/**
 * The clock worker thread: sends a MIDI clock and does nothing else, so it may sleep to the microsecond, which no timer of
 * an event loop can.
 */
import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import { ClockReader } from '../osc/clock-page.js';
import { monotonicMs } from '../osc/monotonic.js';
import { enterRealTime } from '../process/real-time-thread.js';
import type { ClockNews, ClockOrder, ClockWorkerData } from './clock-protocol.js';
import { MidiOutputs } from './midi-outputs.js';
import { createMidiSystem } from './midi-system.js';
import { PulseTimes } from './pulse-times.js';

const POLL_MS = 1000;
const [PULSE, START, CONTINUE, STOP] = [0xf8, 0xfa, 0xfb, 0xfc];

function main({ port, wake, clock, sampleRate }: ClockWorkerData): void {
  const word = new Int32Array(wake);
  const reader = new ClockReader(clock);
  const times = new PulseTimes(sampleRate, (reading) => reader.read(reading));
  const tell = (news: ClockNews): void => port.postMessage(news);
  const outputs = new MidiOutputs(createMidiSystem(), {
    tell: (message, code) => tell({ message, ...(code !== undefined && { code }) }),
    opened: () => undefined,
  });
  // It sleeps nearly always: where priority is granted, nobody is kept waiting by it.
  enterRealTime();
  let target = '';
  let isRunning = false;
  let polledMs = 0;
  let pulses = 0;
  let sumLateMs = 0;
  let worstLateMs = 0;

  const send = (status: number): void => outputs.send(target, [status]);
  const begin = (status: number): void => {
    send(status);
    times.begin(monotonicMs());
    isRunning = true;
    pulses = 0;
    sumLateMs = 0;
    worstLateMs = 0;
  };
  const stop = (): void => {
    if (!isRunning) return;
    isRunning = false;
    send(STOP);
    if (pulses === 0) return;
    const [mean, worst] = [sumLateMs / pulses, worstLateMs].map((ms) => ms.toFixed(2));
    tell({
      message: `The MIDI clock sent ${pulses} pulses, ${mean} ms late in the mean, ${worst} at the worst.`,
    });
  };
  /** False at the end. */
  const follow = (order: ClockOrder): boolean => {
    switch (order.kind) {
      case 'start':
        stop();
        target = order.port;
        outputs.want([target]);
        times.setTempo(order.tempoBpm);
        begin(START);
        return true;
      case 'continue':
        if (!isRunning) begin(CONTINUE);
        return true;
      case 'tempo':
        times.setTempo(order.tempoBpm);
        return true;
      case 'stop':
        stop();
        return true;
      case 'close':
        stop();
        outputs.closeAll();
        return false;
    }
  };

  for (;;) {
    const seen = Atomics.load(word, 0);
    for (let got = receiveMessageOnPort(port); got !== undefined; got = receiveMessageOnPort(port)) {
      if (!follow(got.message as ClockOrder)) return;
    }
    const nowMs = monotonicMs();
    const dueMs = isRunning ? times.dueMs(nowMs) : nowMs + POLL_MS;
    if (dueMs > nowMs) {
      Atomics.wait(word, 0, seen, dueMs - nowMs);
      if (isRunning) continue;
    } else {
      send(PULSE);
      times.advance();
      pulses++;
      sumLateMs += nowMs - dueMs;
      worstLateMs = Math.max(worstLateMs, nowMs - dueMs);
    }
    // Just after a pulse there is time to look which ports are there.
    if (nowMs - polledMs < POLL_MS) continue;
    polledMs = nowMs;
    outputs.poll();
  }
}

main(workerData as ClockWorkerData);
