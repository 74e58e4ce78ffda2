/** All that the MIDI worker does: ports, and the bindings at them. Knows no threads and no driver. */
import { BindingPlayer } from '../binding/index.js';
import type { ControlMessage } from '../control/messages.js';
import { MidiOutputs } from './midi-outputs.js';
import { MidiPorts } from './midi-ports.js';
import type { MidiSystem } from './midi-system.js';
import { BINDINGS_ID, type FromMidiWorker, type MidiOrder } from './worker-protocol.js';

export interface MidiWorkSurroundings {
  /** At the next frame. */
  toAudio(message: ControlMessage): void;
  post(message: FromMidiWorker): void;
  nowMs(): number;
}

export class MidiWork {
  private readonly ports: MidiPorts;
  private readonly outputs: MidiOutputs;
  private readonly player: BindingPlayer;
  private bound: readonly string[] = [];
  private isLearning = false;

  constructor(system: MidiSystem, around: MidiWorkSurroundings) {
    this.player = new BindingPlayer({
      toAudio: (message) => around.toAudio(message),
      toEngine: (request) => around.post({ kind: 'request', request }),
      tell: (news) => {
        if (news.kind === 'learned') this.learn(false);
        around.post({ kind: 'binding', news });
      },
      send: (port, bytes) => this.outputs.send(port, bytes),
      nowMs: () => around.nowMs(),
    });
    this.outputs = new MidiOutputs(system, {
      tell: (message, code) =>
        around.post({
          kind: 'news',
          news: { nodeId: BINDINGS_ID, message, ...(code !== undefined && { code }) },
        }),
      opened: (portName) => this.player.outputOpened(portName),
    });
    this.ports = new MidiPorts(system, {
      toAudio: (message) => around.toAudio(message),
      tell: (news) => around.post({ kind: 'news', news }),
      nowMs: () => around.nowMs(),
      heard: (...message) => this.player.receive(...message),
      lost: (portName) => this.player.lost(portName),
    });
  }

  order(order: MidiOrder): void {
    switch (order.kind) {
      case 'listen':
      case 'unlisten':
        this.ports.order(order);
        break;
      case 'bindings': {
        this.player.setBindings(order.bindings);
        const bindings = order.bindings.map(({ binding }) => binding);
        this.bound = bindings.map(({ control }) => control.port);
        this.listen();
        this.outputs.want(bindings.filter(({ feedback }) => feedback).map(({ control }) => control.port));
        break;
      }
      case 'applied':
        this.player.applied(order.changes);
        break;
      case 'learn':
        this.player.learn(order.isOn);
        this.learn(order.isOn);
        break;
    }
  }

  /** To be called about once a second: ports come and go. */
  poll(): void {
    this.ports.poll();
    this.outputs.poll();
  }

  /** To be called every `FLUSH_MS`. */
  flush(): void {
    this.player.flush();
  }

  close(): void {
    this.ports.close();
    this.outputs.closeAll();
  }

  private learn(isOn: boolean): void {
    this.isLearning = isOn;
    // Told by a port that is being read: it is not to be closed under its own message.
    queueMicrotask(() => this.listen());
  }

  /** A control to be learned may be at any port. */
  private listen(): void {
    this.ports.listenForBindings(this.isLearning ? ['', ...this.bound] : this.bound);
  }
}
