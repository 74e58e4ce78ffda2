/** Pure Data drives a live engine with its own objects: params, bundles, questions and answers. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { IMMEDIATELY } from '../../../src/osc/index.js';
import { unixMsToTimeTag } from '../../../src/osc/time-tag.js';
import type { TimeTag } from '../../../src/osc/wire.js';
import { encodePacket } from '../../../src/osc/wire-encode.js';
import { useSuiteTempFolder } from '../../support/temp-folder.js';
import { DrivenEngine, isInstalled, printed } from './engine.js';

/** Pd has no object that makes bundles: their bytes, as a message. */
function bundleBytes(timeTag: TimeTag, gainDb: number, muted: number): string {
  const packet = encodePacket({
    kind: 'bundle',
    timeTag,
    elements: [
      { kind: 'message', address: '/master/gain', args: [{ type: 'f', value: gainDb }] },
      { kind: 'message', address: '/master/mute', args: [{ type: 'i', value: muted }] },
    ],
  });
  return [...packet].join(' ');
}

/** What is sent after how many ms; `bytes` for netsend itself, `args` through an oscformat. */
type Step = { readonly ms: number } & (
  | { readonly bytes: string }
  | { readonly address: string; readonly args: string }
);

/** A patch that connects, does the steps, prints what it is told, and quits when it hears `/synced` and that number. */
function patch(port: number, steps: readonly Step[], lastSync: number): string {
  const objects: string[] = [];
  const wires: string[] = [];
  const add = (text: string): number => objects.push(`#X ${text};`) - 1;
  const wire = (from: number, outlet: number, to: number): void =>
    void wires.push(`#X connect ${from} ${outlet} ${to} 0;`);
  const start = add('obj 10 10 loadbang');
  const connect = add(`msg 10 40 connect 127.0.0.1 ${port}`);
  const netsend = add('obj 10 400 netsend -u -b');
  const parse = add('obj 10 430 oscparse');
  const print = add('obj 10 460 print TOLD');
  wire(start, 0, connect);
  wire(connect, 0, netsend);
  wire(netsend, 1, parse);
  wire(parse, 0, print);
  for (const step of steps) {
    const delay = add(`obj 10 70 delay ${step.ms}`);
    wire(start, 0, delay);
    if ('bytes' in step) {
      const message = add(`msg 10 100 send ${step.bytes}`);
      wire(delay, 0, message);
      wire(message, 0, netsend);
      continue;
    }
    const message = add(`msg 10 100 list ${step.args}`);
    const format = add(`obj 10 130 oscformat ${step.address}`);
    const prepend = add('obj 10 160 list prepend send');
    const trim = add('obj 10 190 list trim');
    for (const [from, to] of [
      [delay, message],
      [message, format],
      [format, prepend],
      [prepend, trim],
      [trim, netsend],
    ] as const)
      wire(from, 0, to);
  }
  const heard = add('obj 200 430 list trim');
  const synced = add('obj 200 460 route synced');
  const last = add(`obj 200 490 select ${lastSync}`);
  const quit = add('msg 200 520 \\; pd quit');
  wire(parse, 0, heard);
  wire(heard, 0, synced);
  wire(synced, 0, last);
  wire(last, 0, quit);
  return ['#N canvas 0 0 450 500 12;', ...objects, ...wires, ''].join('\n');
}

describe('pd drives a live engine', function () {
  this.timeout(180_000);
  const folder = useSuiteTempFolder();
  let engine: DrivenEngine;

  before(async function () {
    if (!isInstalled('pd', 'apt install puredata-core', ['-version'])) this.skip();
    engine = await DrivenEngine.start(folder.path());
  });
  after(() => engine?.stop());

  it('and hears its answers', async () => {
    const file = folder.path('drive.pd');
    // Pd starts within that; what is late is told and applied at once.
    const ahead = unixMsToTimeTag(Date.now() + 6000);
    const steps: readonly Step[] = [
      { ms: 200, address: '/node/model/temperature', args: '0.5' },
      { ms: 250, address: '/node/*/gainDb', args: '99' },
      { ms: 300, address: '/get', args: '/node/model/temperature' },
      { ms: 350, address: '/sync', args: '7' },
      { ms: 400, bytes: bundleBytes(IMMEDIATELY, -9, 1) },
      { ms: 700, address: '/get', args: '/master/gain' },
      { ms: 750, address: '/nothing/here', args: '1' },
      { ms: 800, bytes: bundleBytes(ahead, -4, 0) },
      { ms: 850, address: '/sync', args: '8' },
    ];
    writeFileSync(file, patch(engine.port, steps, 8));
    const text = await printed('pd', ['-nogui', '-noaudio', '-nomidi', '-stderr', '-noprefs', '-open', file]);
    const told = text.split('\n').filter((line) => line.startsWith('TOLD'));
    const isTold = (pattern: RegExp): void =>
      assert.ok(
        told.some((line) => pattern.test(line)),
        `${pattern}\n${text}`,
      );
    // Which value it is told hangs on how soon it asks.
    isTold(/get\.reply \/node\/model\/temperature [\d.]+$/);
    await engine.holds('/node/model/temperature', 0.5);
    isTold(/warn \/node\/level\/gainDb OSC_CLAMPED /);
    isTold(/synced 7$/);
    isTold(/get\.reply \/master\/gain -?\d+$/);
    isTold(/fail \/nothing\/here OSC_UNKNOWN_ADDRESS /);
    const { muted, oscRefused } = await engine.statusWhere(({ masterGainDb }) => masterGainDb === -4);
    assert.equal(muted, false, 'the timed bundle was applied');
    assert.equal(oscRefused, 1);
  });
});
