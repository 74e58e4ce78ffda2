import assert from 'node:assert/strict';
import { addressParts, compilePattern, isPattern } from '../../../src/osc/address-pattern.js';

function matches(pattern: string, address: string): boolean {
  const compiled = compilePattern(pattern);
  assert.ok(typeof compiled !== 'string', `${pattern}: ${String(compiled)}`);
  const budget = { steps: 100_000 };
  const result = compiled.matches(addressParts(address), budget);
  assert.ok(budget.steps > 0);
  return result;
}

describe('address pattern', () => {
  for (const [pattern, matching, other] of [
    ['/a/?', ['/a/b', '/a/?'], ['/a/', '/a/bc', '/a/b/c']],
    ['/a/*', ['/a/b', '/a/bcd', '/a/'], ['/a', '/a/b/c', '/b/b']],
    ['/*/gain', ['/x/gain', '/level/gain'], ['/x/y/gain', '/gain']],
    ['/a*c', ['/ac', '/abc', '/abcc', '/a*c'], ['/ab', '/acb', '/a/c']],
    ['/a**b', ['/ab', '/axxb'], ['/a']],
    ['/node/[a-c]x', ['/node/ax', '/node/cx'], ['/node/dx', '/node/x', '/node/abx']],
    ['/node/[c-a]', ['/node/b'], ['/node/d']],
    ['/n/[!a-c]', ['/n/d', '/n/-', '/n/!'], ['/n/a', '/n/c', '/n/']],
    ['/n/[a-]', ['/n/a', '/n/-'], ['/n/b']],
    ['/n/[a!]', ['/n/a', '/n/!'], ['/n/b']],
    ['/n/[0-9][0-9]', ['/n/07'], ['/n/7', '/n/007']],
    ['/{one,two}/x', ['/one/x', '/two/x'], ['/onetwo/x', '/three/x']],
    ['/{a,ab}c', ['/ac', '/abc'], ['/abbc', '/c']],
    ['/{,x}y', ['/y', '/xy'], ['/xxy']],
    ['/{a*,b}', ['/a*', '/b'], ['/aa']],
    ['/v{1,2}*?', ['/v1x', '/v2xyz'], ['/v1', '/v3x']],
    ['//gain', ['/gain', '/a/gain', '/a/b/gain'], ['/a/gains', '/gain/a']],
    ['/node//gain', ['/node/gain', '/node/a/b/gain'], ['/gain', '/nodes/a/gain']],
    ['/node//', ['/node', '/node/a', '/node/a/b'], ['/nod', '/x/node']],
    ['/node/*/', [], ['/node/a', '/node/a/b']],
    ['/a+b/(c)|^$\\.?', ['/a+b/(c)|^$\\.x'], ['/aab/(c)|^$\\.x', '/a+b/(c)|^$\\x']],
  ] as const)
    it(pattern, () => {
      for (const address of matching)
        assert.equal(matches(pattern, address), true, `should match ${address}`);
      for (const address of other)
        assert.equal(matches(pattern, address), false, `should not match ${address}`);
    });

  it('knows a pattern from an address', () => {
    for (const pattern of ['/a?', '/*', '/[a]', '/{a,b}', '//a', '/a]', '/a}'])
      assert.ok(isPattern(pattern), pattern);
    for (const address of ['/', '/node/a/b', '/a+b.c', '/a/']) assert.ok(!isPattern(address), address);
  });

  for (const pattern of ['/a[', '/a]', '/a{b', '/}', '/[]', '/[!]', '/{}', '/a[b/c]', '/{a/b}'])
    it(`refuses ${pattern}, saying why`, () => {
      const compiled = compilePattern(pattern);
      assert.equal(typeof compiled, 'string');
    });

  it('needs work in proportion to pattern and address where backtracking explodes', () => {
    const address = `/${'a'.repeat(60)}`;
    for (const family of [
      (n: number) => `/${'*a'.repeat(n)}Z`,
      (n: number) => `/${'*'.repeat(n)}Z`,
      (n: number) => `/${'*?'.repeat(n)}Z`,
      (n: number) => `/${'{a,aa}'.repeat(n)}Z`,
      (n: number) => `/${'{,a}'.repeat(n)}Z`,
      (n: number) => `${'//a*'.repeat(n)}Z`,
    ])
      for (const n of [1, 8, 32]) {
        const pattern = family(n);
        const compiled = compilePattern(pattern);
        assert.ok(typeof compiled !== 'string');
        const budget = { steps: 1_000_000 };
        assert.equal(compiled.matches(addressParts(address), budget), false);
        const spent = 1_000_000 - budget.steps;
        assert.ok(spent <= 4 * pattern.length * address.length, `${pattern}: ${spent} steps`);
      }
  });

  it('gives up when its budget is spent', () => {
    const compiled = compilePattern(`/${'*a'.repeat(50)}`);
    assert.ok(typeof compiled !== 'string');
    const budget = { steps: 500 };
    assert.equal(compiled.matches(['a'.repeat(200)], budget), false);
    assert.ok(budget.steps <= 0);
    assert.ok(budget.steps > -500, 'stops soon after');
  });
});
