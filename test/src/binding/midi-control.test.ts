import assert from 'node:assert/strict';
import { parseOptions } from '../../../src/binding/binding.js';
import { optionWords, PLAIN_OPTIONS } from '../../../src/binding/index.js';
import { parseMessageText } from '../../../src/binding/message-text.js';
import { controlText, parseControl } from '../../../src/binding/midi-control.js';

describe('the text of a MIDI control', () => {
  it('says kind, number, channel and port, and is read back', () => {
    for (const text of [
      'cc:21@1 Launch Control XL',
      'cc14:1',
      'nrpn:16383@16',
      'bend@2',
      'pressure',
      'key-pressure:60',
      'note:60 pads',
      'program',
      'program:5',
    ]) {
      assert.equal(controlText(parseControl(text)), text);
    }
    assert.deepEqual(parseControl('  cc:7  x '), { kind: 'cc', number: 7, channel: 0, port: 'x' });
  });

  it('is refused with what was expected', () => {
    for (const text of [
      '',
      'cc',
      'cc:128',
      'cc14:32',
      'nrpn:16384',
      'bend:1',
      'note:60@17',
      'fader:1',
      'cc:-1',
      'cc:1.5',
      'toString:1',
      `cc:1 ${'x'.repeat(300)}`,
    ]) {
      assert.throws(() => parseControl(text), { code: 'BIND_CONTROL' }, text);
    }
  });
});

describe('the words of a binding', () => {
  it('come in any order, and are read back', () => {
    assert.deepEqual(parseOptions(), PLAIN_OPTIONS);
    const options = parseOptions(1, 0, 'silent pickup s toggle');
    assert.deepEqual(options, { min: 1, max: 0, curve: 's', mode: 'pickup', as: 'toggle', feedback: false });
    assert.deepEqual(parseOptions(1, 0, optionWords(options)), options);
    assert.equal(optionWords(PLAIN_OPTIONS), '');
  });

  it('are refused when they mean nothing', () => {
    assert.throws(() => parseOptions(0, 1, 'fast'), { code: 'BIND_OPTION' });
    assert.throws(() => parseOptions(Number.NaN), { code: 'BIND_OPTION' });
    assert.throws(() => parseOptions(0, Number.POSITIVE_INFINITY), { code: 'BIND_OPTION' });
  });
});

describe('the message of a binding', () => {
  it('is an address and typed arguments', () => {
    assert.deepEqual(parseMessageText('/node/keys/note 60 $'), {
      address: '/node/keys/note',
      args: [{ kind: 'number', value: 60 }, { kind: 'value' }],
    });
    assert.deepEqual(parseMessageText('/node/mouth/say "who is there" "7"').args, [
      { kind: 'string', value: 'who is there' },
      { kind: 'string', value: '7' },
    ]);
  });

  it('begins with an address and is short', () => {
    assert.throws(() => parseMessageText('quit'), { code: 'BIND_TARGET' });
    assert.throws(() => parseMessageText(''), { code: 'BIND_TARGET' });
    assert.throws(() => parseMessageText(`/${'x'.repeat(400)}`), { code: 'BIND_TARGET' });
  });
});
