import assert from 'node:assert/strict';
import { ControlDecoder, FINE_WITHIN_MS, type Movement } from '../../../src/binding/control-decoder.js';
import { feedbackMessages } from '../../../src/binding/feedback.js';
import { LEARN_AFTER_MS, Learner } from '../../../src/binding/learner.js';
import { controlText, parseControl } from '../../../src/binding/midi-control.js';
import { seededRandom } from '../../support/random.js';

function decoded(messages: readonly (readonly number[])[], flushAtMs?: number): Movement[] {
  const movements: Movement[] = [];
  const decoder = new ControlDecoder((movement) => movements.push(movement));
  for (const [status, data1 = 0, data2 = 0] of messages) decoder.take(status!, data1, data2, 0);
  if (flushAtMs !== undefined) decoder.flush(flushAtMs);
  return movements;
}
const told = (movements: readonly Movement[], kind: string) =>
  movements
    .filter((one) => one.kind === kind)
    .map(({ number, channel, position }) => `${number}@${channel} ${Math.round(position * 16_383)}`);

describe('controls out of MIDI messages', () => {
  it('are of every kind', () => {
    const movements = decoded([
      [0x91, 60, 127],
      [0x81, 60, 5],
      [0xa0, 61, 127],
      [0xb2, 70, 127],
      [0xc0, 127],
      [0xd3, 127],
      [0xe0, 0, 64],
      [0xf8],
      [0xb0, 123, 0],
    ]);
    assert.deepEqual(
      movements.map(({ kind, number, channel, position }) => [kind, number, channel, position]),
      [
        ['note', 60, 2, 1],
        ['note', 60, 2, 0],
        ['key-pressure', 61, 1, 1],
        ['cc', 70, 3, 1],
        ['program', 127, 1, 1],
        ['pressure', -1, 4, 1],
        ['bend', -1, 1, 0.5],
      ],
    );
  });

  it('have 14 bits by pairs, without a step back on the way', () => {
    const pair = (value: number) => [
      [0xb0, 1, value >> 7],
      [0xb0, 33, value & 127],
    ];
    const values = [8000, 8063, 8064, 8130, 8191, 8192];
    assert.deepEqual(
      told(decoded(values.flatMap(pair)), 'cc14').slice(1),
      values.map((value) => `1@1 ${value}`),
    );
  });

  it('count by the coarse part alone where no fine part comes', () => {
    const messages = [
      [0xb0, 1, 10],
      [0xb0, 1, 20],
    ];
    assert.deepEqual(told(decoded(messages), 'cc14'), ['1@1 1280', '1@1 2560']);
    const once = [...messages, [0xb0, 33, 5], [0xb0, 1, 30]];
    assert.deepEqual(told(decoded(once), 'cc14').slice(2), ['1@1 2565'], 'it waits');
    assert.deepEqual(told(decoded(once, FINE_WITHIN_MS), 'cc14').slice(3), ['1@1 3840']);
    assert.deepEqual(told(decoded([...once, [0xb0, 2, 1]]), 'cc14').slice(3), ['1@1 3840', '2@1 128']);
  });

  it('have 14 bits by NRPN, with steps up and down, and none after an RPN', () => {
    const select = [
      [0xb4, 99, 2],
      [0xb4, 98, 44],
    ];
    const messages = [
      ...select,
      [0xb4, 6, 64],
      [0xb4, 38, 7],
      [0xb4, 96, 0],
      [0xb4, 97, 0],
      [0xb4, 101, 0],
      [0xb4, 6, 1],
    ];
    assert.deepEqual(told(decoded(messages), 'nrpn'), [
      '300@5 8192',
      '300@5 8199',
      '300@5 8200',
      '300@5 8199',
    ]);
  });

  it('come out where feedback puts them', () => {
    for (const text of ['cc:20', 'cc14:3', 'nrpn:300', 'bend', 'note:4']) {
      const control = parseControl(text);
      for (const position of [0, 0.25, 0.5, 0.9, 1]) {
        const movement = decoded(feedbackMessages(control, 3, position))
          .filter(({ kind }) => kind === control.kind)
          .at(-1)!;
        assert.ok(
          Math.abs(movement.position - position) < 1 / 200,
          `${text} ${position} ${movement.position}`,
        );
        assert.equal(movement.channel, 3);
      }
    }
    assert.deepEqual(feedbackMessages(parseControl('program:1'), 1, 1), []);
  });

  it('are in range whatever comes', () => {
    const random = seededRandom(3);
    const byte = (below: number) => Math.floor(random() * below);
    const messages = Array.from({ length: 5000 }, () => [0x80 + byte(128), byte(128), byte(128)]);
    for (const { position, channel } of decoded(messages, 10)) {
      assert.ok(position >= 0 && position <= 1 && channel >= 1 && channel <= 16);
    }
  });
});

describe('a control that is learned', () => {
  function learned(messages: readonly (readonly number[])[], waitMs = 0): string | undefined {
    const learner = new Learner();
    for (const movement of decoded(messages)) {
      const control = learner.heard('Desk:Desk MIDI 1 20:0', movement, 0);
      if (control !== undefined) return controlText(control);
    }
    const control = learner.due(waitMs);
    return control && controlText(control);
  }

  it('is the one that moved, with its channel and its port, without the numbers that change', () => {
    assert.equal(
      learned([
        [0xb1, 21, 3],
        [0xb1, 21, 4],
      ]),
      'cc:21@2 Desk:Desk MIDI 1',
    );
    assert.equal(learned([[0xb1, 21, 127]]), undefined, 'its fine part may follow');
    assert.equal(learned([[0xb1, 21, 127]], LEARN_AFTER_MS), 'cc:21@2 Desk:Desk MIDI 1');
    assert.equal(learned([[0x90, 60, 9]]), 'note:60@1 Desk:Desk MIDI 1');
    assert.equal(learned([[0x80, 60, 9]], 1000), undefined, 'a key let go');
    assert.equal(learned([[0xe0, 1, 2]]), 'bend@1 Desk:Desk MIDI 1');
    assert.equal(learned([[0xc0, 5]]), 'program:5@1 Desk:Desk MIDI 1');
    assert.equal(learned([[0xd0, 5]], 1000), 'pressure@1 Desk:Desk MIDI 1');
  });

  it('has 14 bits where it sends them', () => {
    assert.equal(
      learned([
        [0xb0, 3, 1],
        [0xb0, 35, 4],
      ]),
      'cc14:3@1 Desk:Desk MIDI 1',
    );
    assert.equal(
      learned([
        [0xb0, 99, 1],
        [0xb0, 98, 4],
        [0xb0, 6, 1],
        [0xb0, 38, 1],
      ]),
      'nrpn:132@1 Desk:Desk MIDI 1',
    );
    assert.equal(
      learned([
        [0xb0, 40, 1],
        [0xb0, 40, 4],
      ]),
      'cc:40@1 Desk:Desk MIDI 1',
    );
  });
});
