/** From the OSC worker's way into the audio thread's intake: what was said first is applied first, by whichever way it went. */
import assert from 'node:assert/strict';
import { seededRandom } from '../../../src/cli/bench/osc/mutate.js';
import type { ControlMessage, StampedMessage } from '../../../src/control/index.js';
import { createParamRing, MAX_PARAM_NUMBERS } from '../../../src/control/param-ring.js';
import { AudioWay, MAX_ITEMS_WAITING } from '../../../src/osc/audio-way.js';
import type { PortItem } from '../../../src/osc/index.js';
import { ControlIntake } from '../../../src/process/control-intake.js';

const param = (nodeId: string, value: number | string, more = {}): StampedMessage => ({
  frame: 0,
  message: { kind: 'param', nodeId, name: 'level', value, ...more },
});
const action = (name: string): StampedMessage => ({
  frame: 0,
  message: { kind: 'action', nodeId: 'model', name, args: [] },
});

/** Both ends, and a port between them in which things wait. */
class Line {
  readonly port: (readonly PortItem[])[] = [];
  readonly applied: StampedMessage[] = [];
  numPosted = 0;
  private due: (() => void) | undefined;
  readonly way: AudioWay;
  private readonly intake: ControlIntake;

  constructor(ring: SharedArrayBuffer | undefined) {
    this.way = new AudioWay(
      {
        post: (items) => {
          this.numPosted += items.length;
          // As a port does: by value.
          this.port.push(structuredClone(items));
        },
        soon: (callback) => {
          this.due = callback;
        },
      },
      ring,
    );
    this.intake = new ControlIntake(() => this.port.shift(), ring);
  }

  /** The turn of the OSC worker's loop ends. */
  turn(): void {
    const { due } = this;
    this.due = undefined;
    due?.();
  }

  take(): void {
    this.intake.take((stamped) => this.applied.push(stamped));
  }
}

describe('AudioWay and ControlIntake', () => {
  it('carry numbers through the ring and tell each name once', () => {
    const line = new Line(createParamRing(16));
    const said = [
      param('a', 1),
      param('b', -0.5),
      param('a', 2, { rampMs: 30 }),
      { ...param('b', 3), frame: 4800 },
    ];
    for (const stamped of said) assert.ok(line.way.send(stamped));
    line.turn();
    line.take();
    assert.deepEqual(line.applied, said);
    assert.equal(line.numPosted, 2);
    line.way.send(param('a', 9));
    line.turn();
    line.take();
    assert.deepEqual(line.applied.at(-1), param('a', 9));
    assert.equal(line.numPosted, 2, 'nothing went through the port');
  });

  it('keep what is no number, and what belongs to a morph, as it is', () => {
    const line = new Line(createParamRing(16));
    const said = [
      param('a', 'soft'),
      param('a', 5, { morph: 3 }),
      action('reset'),
      { frame: 7, message: { kind: 'master-gain', gainDb: -6 } } as const,
    ];
    for (const stamped of said) line.way.send(stamped);
    line.turn();
    line.take();
    assert.deepEqual(line.applied, said);
  });

  it('wait for what is about to come through the port', () => {
    const line = new Line(createParamRing(16));
    line.way.send(param('a', 1));
    line.turn();
    line.way.send(param('a', 2));
    line.way.send(action('reset'));
    line.way.send(param('a', 3));
    line.take();
    assert.deepEqual(line.applied, [param('a', 1), param('a', 2)]);
    line.turn();
    line.take();
    assert.deepEqual(line.applied.slice(2), [action('reset'), param('a', 3)]);
  });

  it('need no ring', () => {
    const line = new Line(undefined);
    for (const stamped of [param('a', 1), action('reset'), param('a', 2)]) line.way.send(stamped);
    line.turn();
    line.take();
    assert.deepEqual(line.applied, [param('a', 1), action('reset'), param('a', 2)]);
  });

  it('keep the order whatever comes together, and when the ring is full', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const random = seededRandom(seed);
      const line = new Line(createParamRing(2 ** (1 + Math.floor(random() * 5))));
      const said: StampedMessage[] = [];
      for (let n = 0; n < 2000; n++) {
        const which = random();
        const node = `node-${Math.floor(random() * 12)}`;
        if (which < 0.6) say(param(node, n, random() < 0.3 ? { rampMs: n / 7 } : {}));
        else if (which < 0.7) say(param(node, `option ${n}`));
        else if (which < 0.75) say({ ...action(`${n}`), frame: n });
        else if (which < 0.9) line.turn();
        else line.take();
      }
      line.turn();
      // Two: what the reader sees of the ring, then what waits behind items of the port.
      line.take();
      line.take();
      assert.deepEqual(line.applied, said, `seed ${seed}`);

      function say(stamped: StampedMessage): void {
        assert.ok(line.way.send(stamped));
        said.push(stamped);
      }
    }
  });

  it('give the numbers of params that are long gone to new ones', () => {
    const line = new Line(createParamRing(64));
    const said: StampedMessage[] = [];
    const total = 2 * MAX_PARAM_NUMBERS + 100;
    for (let n = 0; n < total; n++) {
      said.push(param(`voice-${n}/gain`, n), param('faithful', n));
      line.way.send(said.at(-2)!);
      line.way.send(said.at(-1)!);
      if (n % 16 === 0) {
        line.turn();
        line.take();
      }
    }
    line.turn();
    line.take();
    assert.equal(line.applied.length, said.length);
    assert.deepEqual(line.applied, said);
  });

  it('refuse, with an end, what an audio thread does not take, but never what makes silence', () => {
    const line = new Line(createParamRing(4));
    let taken = 0;
    while (line.way.send(param('a', taken))) taken++;
    // A name, and what the ring holds.
    assert.equal(taken, 4 + MAX_ITEMS_WAITING - 1);
    const safety: ControlMessage[] = [{ kind: 'panic' }, { kind: 'master-mute', muted: true }];
    for (const message of safety) assert.ok(line.way.send({ frame: 0, message }));
    assert.ok(!line.way.send(action('reset')));
    line.turn();
    line.take();
    assert.ok(line.way.send(param('a', 1)));
  });
});
