import assert from 'node:assert/strict';
import { oscsendLine } from '../../../src/cli/play/osc-example.js';

describe('a message worth trying', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['/node/model/temperature 0.8', 'oscsend localhost 9010 /node/model/temperature f 0.8'],
    ['/preset/load drift', 'oscsend localhost 9010 /preset/load s drift'],
    ['/node/seq/pattern "60 . 64"', "oscsend localhost 9010 /node/seq/pattern s '60 . 64'"],
    ['/node/model/reset', 'oscsend localhost 9010 /node/model/reset'],
    ['/node/level/gainDb -12', 'oscsend localhost 9010 /node/level/gainDb f -12'],
    ['/node/{a,b}/mute 1', "oscsend localhost 9010 '/node/{a,b}/mute' f 1"],
  ];
  for (const [message, line] of cases) {
    it(`${message} becomes a command to paste`, () => {
      assert.equal(oscsendLine(message, '127.0.0.1', 9010), line);
    });
  }

  it('names the host when it is not this machine', () => {
    assert.equal(oscsendLine('/panic', '192.168.1.5', 9011), 'oscsend 192.168.1.5 9011 /panic');
  });

  it('leaves nothing for the shell to run', () => {
    assert.equal(oscsendLine("/a $(id)';x", '127.0.0.1', 1), "oscsend localhost 1 /a s '$(id)'\\'';x'");
  });
});
