/** liblo drives a live engine: `oscsend`, and python3-liblo with params, bundles, questions and answers, over UDP and TCP. */
import assert from 'node:assert/strict';
import { useSuiteTempFolder } from '../../support/temp-folder.js';
import { DrivenEngine, isInstalled, printed } from './engine.js';

/** What Debian's package is for. */
const python = '/usr/bin/python3';

const script = (port: number): string => `
import liblo
engine = liblo.Address('127.0.0.1', ${port})
server = liblo.Server()
told = []
def heard(path, args):
    told.append([path, *args])
    print('TOLD', path, *args)
server.add_method(None, None, heard)
def until(*words):
    while list(words) not in [line[:len(words)] for line in told]:
        server.recv(50)
server.send(engine, '/node/model/temperature', 0.5)
while ['/get.reply', '/node/model/temperature', 0.5] not in told:
    server.send(engine, '/get', '/node/model/temperature')
    server.recv(50)
server.send(engine, '/subscribe', '/master/gain', 20)
server.send(engine, '/sync', 7)
until('/synced')
server.send(engine, liblo.Bundle(liblo.Message('/master/mute', True), liblo.Message('/master/gain', -9.0)))
until('/value', '/master/gain', -9.0)
server.send(engine, liblo.Bundle(liblo.time() + 0.5,
    liblo.Message('/master/mute', False), liblo.Message('/master/gain', -4.0)))
until('/value', '/master/gain', -4.0)
wire = liblo.Address('127.0.0.1', ${port}, liblo.TCP)
liblo.send(wire, '/master/gain', -5.0)
until('/value', '/master/gain', -5.0)
server.send(engine, '/unsubscribe')
until('/done', '/unsubscribe')
`;

describe('liblo drives a live engine', function () {
  this.timeout(240_000);
  const folder = useSuiteTempFolder();
  let engine: DrivenEngine;

  before(async () => {
    engine = await DrivenEngine.start(folder.path());
  });
  after(() => engine.stop());

  it('by oscsend, over UDP and TCP', async function () {
    if (!isInstalled('oscsend', 'apt install liblo-tools')) this.skip();
    await printed('oscsend', ['127.0.0.1', String(engine.port), '/master/gain', 'f', '-7']);
    await engine.statusWhere(({ masterGainDb }) => masterGainDb === -7);
    await printed('oscsend', [`osc.tcp://127.0.0.1:${engine.port}/`, '/master/gain', 'f', '-8']);
    await engine.statusWhere(({ masterGainDb }) => masterGainDb === -8);
  });

  it('by python3-liblo, over UDP and TCP', async function () {
    if (!isInstalled(python, 'apt install python3-liblo', ['-c', 'import liblo'])) this.skip();
    const text = await printed(python, ['-c', script(engine.port)]);
    const told = text.split('\n').filter((line) => line.startsWith('TOLD '));
    for (const pattern of [
      /get\.reply \/node\/model\/temperature 0\.5$/,
      /done \/subscribe 1$/,
      /synced 7$/,
      /done \/unsubscribe 1$/,
    ])
      assert.ok(
        told.some((line) => pattern.test(line)),
        `${pattern}\n${text}`,
      );
    const values = told.filter((line) => line.startsWith('TOLD /value /master/gain '));
    assert.deepEqual(values.map((line) => Number(line.split(' ').at(-1))).slice(-3), [-9, -4, -5], text);
    const { muted, oscRefused } = await engine.statusWhere(({ masterGainDb }) => masterGainDb === -5);
    assert.equal(muted, false);
    assert.equal(oscRefused, 0);
  });
});
