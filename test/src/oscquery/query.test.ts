import assert from 'node:assert/strict';
import {
  answerQuery,
  describeNamespace,
  hostInfo,
  isOwnHost,
  isTrustedOrigin,
} from '../../../src/oscquery/index.js';
import { TOY_TABLE } from '../control/toy-table.js';

const info = hostInfo('toy', '127.0.0.1', 9010, 9011);
const tree = describeNamespace(TOY_TABLE, (address) =>
  address === '/node/model/temperature' ? 0.5 : undefined,
);
const ask = (target: string) => {
  const answer = answerQuery(target, tree, info);
  return answer.status === 200 ? (JSON.parse(answer.body) as Record<string, unknown>) : answer.status;
};

describe('OSCQuery requests', () => {
  it('answer a path with its node, and an attribute with itself alone', () => {
    assert.equal((ask('/node/model') as { FULL_PATH: string }).FULL_PATH, '/node/model');
    assert.deepEqual(ask('/node/model/temperature?VALUE'), { VALUE: [0.5] });
    assert.deepEqual(ask('/node/model/temperature/?RANGE'), { RANGE: [{ MIN: 0.1, MAX: 2 }] });
    assert.equal((ask('/') as { FULL_PATH: string }).FULL_PATH, '/');
  });

  it('tell the host at any path', () => {
    for (const target of ['/?HOST_INFO', '/nowhere?HOST_INFO']) {
      const host = ask(target) as { NAME: string; OSC_PORT: number; EXTENSIONS: Record<string, boolean> };
      assert.deepEqual([host.NAME, host.OSC_PORT, host.EXTENSIONS.LISTEN], ['toy', 9010, true]);
    }
    assert.equal('OSC_IP' in hostInfo('toy', '0.0.0.0', 9010, 9011), false);
  });

  it('tell what is not there from what has no such attribute, and both from what makes no sense', () => {
    assert.equal(ask('/node/nowhere'), 404);
    assert.equal(ask('/node/model/reset?VALUE'), 204);
    assert.equal(ask('/node?TYPE'), 204);
    assert.equal(ask('/node/model/temperature?HTML'), 204);
    assert.equal(ask('/node/model/temperature?NONSENSE'), 400);
    assert.equal(ask('/node/%ff'), 400);
    for (const target of ['/__proto__', '/constructor', '//', '*', '', '/node//model'])
      assert.equal(ask(target), 404, target);
  });

  it('are taken from pages of this machine only', () => {
    assert.ok(isOwnHost('127.0.0.1:9011') && isOwnHost('[::1]:9011') && isOwnHost('studio.local:9011'));
    assert.ok(!isOwnHost('rebound.example.com:9011') && !isOwnHost('a b'));
    assert.ok(isTrustedOrigin(undefined, '127.0.0.1:9011'));
    assert.ok(isTrustedOrigin('http://localhost:3000', '127.0.0.1:9011'));
    assert.ok(isTrustedOrigin('http://10.0.0.5:9011', '10.0.0.5:9011'));
    for (const origin of ['null', 'https://example.com', 'http://10.0.0.6', 'http://127.0.0.1.example.com'])
      assert.ok(!isTrustedOrigin(origin, '10.0.0.5:9011'), origin);
  });
});
