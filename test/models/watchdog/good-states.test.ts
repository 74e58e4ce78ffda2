import assert from 'node:assert/strict';
import type { Voice } from '../../../models/stepper.js';
import { GoodStates } from '../../../models/watchdog/good-states.js';

const FRAMES = 100;

/** A voice whose state is the number of the window in which it was taken. */
function numberedVoice() {
  const restored: { state: number; frame: number | undefined }[] = [];
  const voice = {
    snapshotBytes: 8,
    window: 0,
    snapshot(into: Uint8Array) {
      new Float64Array(into.buffer)[0] = this.window;
    },
    restore(from: Uint8Array, frame?: number) {
      restored.push({ state: new Float64Array(from.buffer)[0]!, frame });
    },
  };
  return { voice: voice as typeof voice & Voice, restored };
}

/** Calm windows until number `until`, from number `from` on. */
function calm(states: GoodStates, voice: { window: number }, from: number, until: number): void {
  for (let now = from; now <= until; now++) {
    voice.window = now;
    states.calm(now, now - from + 1);
  }
}

describe('the good states of a voice', () => {
  it('goes back to the last state that two seconds of calm followed, as the frame of now', () => {
    const { voice, restored } = numberedVoice();
    const states = new GoodStates(voice, FRAMES);
    calm(states, voice, 1, 100);
    states.goBack(105);
    assert.deepEqual(restored, [{ state: 64, frame: 105 * FRAMES }]);
  });

  it('has the initial state when there is no other', () => {
    const { voice, restored } = numberedVoice();
    const states = new GoodStates(voice, FRAMES);
    calm(states, voice, 1, 40);
    states.goBack(41);
    assert.deepEqual(restored, [{ state: 0, frame: 41 * FRAMES }]);
  });

  it('goes further back each time that it is soon needed again, in the end to the beginning', () => {
    const { voice, restored } = numberedVoice();
    const states = new GoodStates(voice, FRAMES);
    calm(states, voice, 1, 400);
    let now = 401;
    for (let i = 0; i < 6; i++) {
      states.goBack(now);
      calm(states, voice, now + 1, now + 50);
      now += 51;
    }
    // It has those of windows 256 to 400, of which 368 is the last that it trusts, and keeps ten.
    assert.deepEqual(
      restored.map(({ state }) => state),
      [368, 304, 272, 0, 0, 0],
    );
  });

  it('trusts what came after it once it has gone well for long', () => {
    const { voice, restored } = numberedVoice();
    const states = new GoodStates(voice, FRAMES);
    calm(states, voice, 1, 100);
    states.goBack(101);
    calm(states, voice, 102, 300);
    states.goBack(301);
    assert.equal(restored[1]!.state, 261);
  });

  it('forgets all when the voice begins anew', () => {
    const { voice, restored } = numberedVoice();
    const states = new GoodStates(voice, FRAMES);
    calm(states, voice, 1, 100);
    voice.window = -5;
    states.restart();
    states.goBack(3);
    assert.deepEqual(restored, [{ state: -5, frame: 3 * FRAMES }]);
  });
});
