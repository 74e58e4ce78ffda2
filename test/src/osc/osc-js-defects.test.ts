/**
 * Why the server reads packets with a codec of its own: what osc-js does with the same bytes.
 * When a later osc-js makes one of these fail, that reason is gone; see docs/osc.md.
 */
import assert from 'node:assert/strict';
import { addressParts, compilePattern } from '../../../src/osc/address-pattern.js';
import { timeTagToUnixMs, unixMsToTimeTag } from '../../../src/osc/time-tag.js';
import type { OscPacket } from '../../../src/osc/wire.js';
import { decodePacket } from '../../../src/osc/wire-decode.js';
import { encodePacket } from '../../../src/osc/wire-encode.js';
import { bundle, message, OscJs, s } from './packets.js';

function view(packet: OscPacket): DataView {
  return new DataView(Uint8Array.from(encodePacket(packet)).buffer);
}

/** Whether osc-js calls a handler at `address` for a message to `pattern`. */
function oscJsMatches(pattern: string, address: string): boolean {
  const osc = new OscJs({ plugin: null });
  let isCalled = false;
  osc.on(address, () => {
    isCalled = true;
  });
  osc.eventHandler.notify(new OscJs.Message(pattern));
  return isCalled;
}

function ourMatches(pattern: string, address: string): boolean {
  const compiled = compilePattern(pattern);
  assert.ok(typeof compiled !== 'string');
  return compiled.matches(addressParts(address), { steps: 10_000 });
}

describe('osc-js 2.4.1 beside our codec', () => {
  it('rounds time tags to whole seconds; ours keep the fraction', () => {
    const wholeSecond = 1_800_000_000_000;
    for (const [aheadMs, roundedMs] of [
      [250, 0],
      [501, 1000],
    ] as const) {
      const timeTag = unixMsToTimeTag(wholeSecond + aheadMs);
      const packet = bundle(timeTag, message('/a'));
      const theirs = new OscJs.Bundle();
      theirs.unpack(view(packet));
      assert.equal(theirs.timetag.value.timestamp() - wholeSecond, roundedMs);
      assert.ok(Math.abs(timeTagToUnixMs(timeTag) - wholeSecond - aheadMs) < 0.001);
    }
  });

  it('lets an inner bundle swallow what follows it; ours honour element sizes', () => {
    const inner = bundle({ seconds: 0, fraction: 1 }, message('/inner'));
    const packet = bundle({ seconds: 0, fraction: 1 }, inner, message('/after'));
    const theirs = new OscJs.Bundle();
    theirs.unpack(view(packet));
    assert.equal(theirs.bundleElements.length, 1);
    const ours = decodePacket(encodePacket(packet));
    assert.ok(ours.ok && ours.packet.kind === 'bundle');
    assert.equal(ours.packet.elements.length, 2);
  });

  it('lets * run across slashes and does not match a literal + to itself; ours do right', () => {
    assert.equal(oscJsMatches('/a/*', '/a/b/c'), true);
    assert.equal(ourMatches('/a/*', '/a/b/c'), false);
    assert.equal(oscJsMatches('/a+b/?', '/a+b/c'), false);
    assert.equal(ourMatches('/a+b/?', '/a+b/c'), true);
  });

  it('writes the low byte of each character of a string; ours write UTF-8', () => {
    const packet = message('/preset/load', s('Éclat – 音'));
    const theirs = new OscJs.Message('/preset/load', 'Éclat – 音').pack();
    const read = decodePacket(theirs);
    assert.ok(read.ok);
    assert.notDeepEqual(read.packet, packet);
    const ours = decodePacket(encodePacket(packet));
    assert.ok(ours.ok);
    assert.deepEqual(ours.packet, packet);
  });
});
