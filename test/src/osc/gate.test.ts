import assert from 'node:assert/strict';
import { Gate, parseAllowRule } from '../../../src/osc/gate.js';

describe('who may speak', () => {
  it('is everybody without rules', () => {
    const gate = new Gate([], () => assert.fail());
    assert.ok(gate.admits('203.0.113.9'));
    assert.ok(gate.admits('2001:db8::1'));
    assert.equal(gate.numRefused, 0);
  });

  it('is this machine and whom the rules name, and the rest is counted and told once', () => {
    const told: string[] = [];
    const gate = new Gate(['192.0.2.0/24', '198.51.100.7', '2001:db8::/32'], ({ code, message }) =>
      told.push(`${code} ${message.split(' ')[0]}`),
    );
    for (const address of ['127.0.0.1', '127.9.9.9', '::1', '192.0.2.255', '198.51.100.7', '2001:db8:1::5'])
      assert.ok(gate.admits(address), address);
    assert.ok(gate.admits('::ffff:192.0.2.9'), 'IPv4 heard on an IPv6 socket');
    for (const address of ['192.0.3.1', '198.51.100.8', '2001:db9::1', '192.0.3.1', '', undefined])
      assert.ok(!gate.admits(address), address);
    assert.equal(gate.numRefused, 6);
    assert.deepEqual(told, [
      'OSC_FOREIGN 192.0.3.1',
      'OSC_FOREIGN 198.51.100.8',
      'OSC_FOREIGN 2001:db9::1',
      'OSC_FOREIGN ',
    ]);
  });

  it('remembers and tells a bounded number of strangers, and counts all', () => {
    let numTold = 0;
    const gate = new Gate(['192.0.2.1'], () => numTold++);
    for (let n = 0; n < 5000; n++) assert.ok(!gate.admits(`10.0.${n >> 8}.${n & 255}`));
    assert.ok(gate.admits('192.0.2.1'));
    assert.equal(gate.numRefused, 5000);
    assert.ok(numTold <= 256);
  });

  it('is written as an address with or without its bits', () => {
    assert.deepEqual(parseAllowRule('10.0.0.0/8'), { address: '10.0.0.0', bits: 8 });
    assert.deepEqual(parseAllowRule('10.0.0.1'), { address: '10.0.0.1', bits: 32 });
    assert.deepEqual(parseAllowRule('fe80::1'), { address: 'fe80::1', bits: 128 });
    for (const text of ['', 'studio', '10.0.0.1/33', '10.0.0.1/', '10.0.0.1/8/8', 'fe80::/129', '10.0.0/8'])
      assert.equal(parseAllowRule(text), undefined, text);
  });
});
