import assert from 'node:assert/strict';
import { LifeWatch } from '../../../src/process/life-watch.js';

describe('LifeWatch', () => {
  let life: LifeWatch;
  beforeEach(() => {
    life = new LifeWatch();
    assert.equal(life.look(), 'well');
  });

  it('takes an engine for dead that says nothing and whose sound has stopped', () => {
    life.heardPulse(4800);
    assert.equal(life.look(), 'well');
    for (let i = 0; i < 49; i++) {
      life.heardPulse(4800);
      assert.notEqual(life.look(), 'dead', `${i}`);
    }
    life.heardPulse(4800);
    assert.equal(life.look(), 'dead');
  });

  it('judges by the main thread alone where there is no pulse', () => {
    for (let i = 0; i < 49; i++) assert.equal(life.look(), 'well');
    assert.equal(life.look(), 'dead');
  });

  it('lets the sound go on for a minute when the main thread is late, and no longer', () => {
    const signs = new Set<string>();
    for (let i = 1; i < 600; i++) {
      life.heardPulse(i * 12_000);
      signs.add(life.look());
    }
    assert.deepEqual([...signs], ['well', 'late']);
    life.heardPulse(600 * 12_000);
    assert.equal(life.look(), 'deaf');
  });

  it('bears with a pulse that comes less often than it looks', () => {
    for (let i = 0; i < 599; i++) {
      if (i % 40 === 0) life.heardPulse(i);
      assert.notEqual(life.look(), 'dead');
    }
  });

  it('does not say that the sound goes on when it stopped a little after the main thread', () => {
    for (let i = 0; i < 4; i++) life.look();
    life.heardPulse(4800);
    for (let i = 0; i < 50; i++) assert.equal(life.look(), 'well');
    assert.equal(life.look(), 'dead');
  });

  it('takes an engine for deaf whose pulse has stopped for a minute while its main thread speaks', () => {
    life.heardPulse(0);
    assert.equal(life.look(), 'well');
    for (let i = 0; i < 599; i++) {
      life.heardLine();
      assert.equal(life.look(), 'well', `${i}`);
    }
    life.heardLine();
    assert.equal(life.look(), 'deaf');
  });

  it('begins anew when the main thread speaks', () => {
    for (let i = 0; i < 2000; i++) {
      if (i % 40 === 0) life.heardLine();
      assert.equal(life.look(), 'well');
    }
  });
});
