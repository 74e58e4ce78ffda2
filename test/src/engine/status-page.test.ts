import assert from 'node:assert/strict';
import { StatusPage } from '../../../src/engine/status-page.js';

describe('StatusPage', () => {
  it('shows through the same memory what was written', () => {
    const writer = new StatusPage();
    writer.begin();
    writer.values[StatusPage.slot('frame')] = 2 ** 40;
    writer.values[StatusPage.slot('peak')] = 0.5;
    writer.end();
    const numbers = new StatusPage(writer.memory).read()!;
    assert.equal(numbers.frame, 2 ** 40);
    assert.equal(numbers.peak, 0.5);
    assert.equal(numbers.xruns, 0);
  });

  it('gives nothing while a write is under way', () => {
    const page = new StatusPage();
    page.begin();
    assert.equal(page.read(), undefined);
    page.end();
    assert.ok(page.read() !== undefined);
  });
});
