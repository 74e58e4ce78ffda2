/** SuperCollider's language drives a live engine: params, bundles with a time, questions and answers, over UDP and TCP. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { useSuiteTempFolder } from '../../support/temp-folder.js';
import { DrivenEngine, isInstalled, printed } from './engine.js';

const script = (port: number): string => `
(
var engine = NetAddr("127.0.0.1", ${port}), wire = NetAddr("127.0.0.1", ${port});
var told = List.new;
var until = { |line, ask| while { told.any { |each| each.beginsWith(line) }.not } { ask.value; 0.1.wait } };
var gainIs = { |value| until.("/get.reply /master/gain " ++ value, { engine.sendMsg('/get', '/master/gain') }) };
thisProcess.addOSCRecvFunc({ |msg| told.add(msg.join(" ")); ("TOLD " ++ msg.join(" ")).postln });
Routine {
  engine.sendMsg('/node/model/temperature', 0.5);
  until.("/get.reply /node/model/temperature 0.5", { engine.sendMsg('/get', '/node/model/temperature') });
  engine.sendMsg('/node/*/gainDb', 99);
  engine.sendMsg('/sync', 7);
  until.("/synced 7");
  engine.sendBundle(nil, ['/master/mute', 1], ['/master/gain', -9]);
  gainIs.(-9);
  engine.sendBundle(3, ['/master/mute', 0], ['/master/gain', -4]);
  engine.sendMsg('/nothing/here', 1);
  gainIs.(-4);
  wire.connect;
  wire.sendMsg('/version');
  wire.sendMsg('/master/gain', -5);
  gainIs.(-5);
  "SENT ALL".postln;
  0.exit;
}.play(SystemClock);
)
`;

describe('sclang drives a live engine', function () {
  this.timeout(180_000);
  const folder = useSuiteTempFolder();
  let engine: DrivenEngine;

  before(async function () {
    if (!isInstalled('sclang', 'apt install supercollider-language', ['-v'])) this.skip();
    engine = await DrivenEngine.start(folder.path());
  });
  after(() => engine?.stop());

  it('over UDP and TCP, and hears its answers', async () => {
    const file = folder.path('drive.scd');
    writeFileSync(file, script(engine.port));
    // It opens a browser's process, which refuses to be root's in a sandbox.
    const env = {
      QT_QPA_PLATFORM: 'offscreen',
      QTWEBENGINE_DISABLE_SANDBOX: '1',
      HOME: folder.path(),
      XDG_RUNTIME_DIR: folder.path(),
    };
    const text = await printed('sclang', ['-D', file], env);
    const told = text.split('\n').filter((line) => line.startsWith('TOLD '));
    const isTold = (pattern: RegExp): void =>
      assert.ok(
        told.some((line) => pattern.test(line)),
        `${pattern}\n${text}`,
      );
    assert.match(text, /SENT ALL/);
    isTold(/^TOLD \/get\.reply \/node\/model\/temperature 0\.5$/);
    isTold(/^TOLD \/warn \/node\/level\/gainDb OSC_CLAMPED /);
    isTold(/^TOLD \/synced 7$/);
    isTold(/^TOLD \/get\.reply \/master\/gain -9/);
    isTold(/^TOLD \/fail \/nothing\/here OSC_UNKNOWN_ADDRESS /);
    assert.ok(!told.some((line) => line.includes('OSC_LATE')), text);
    const { muted, oscRefused } = await engine.statusWhere(({ masterGainDb }) => masterGainDb === -5);
    assert.equal(muted, false, 'the timed bundle was applied');
    assert.equal(oscRefused, 1);
  });
});
