import assert from 'node:assert/strict';
import { readMetadata } from '../../../../src/cli/gpu/cuda-package.js';
import { downloadPackage, resolvePackage } from '../../../../src/cli/gpu/package-feed.js';
import { assertCliError } from '../../../support/cli-errors.js';
import { type FeedLies, fakeFeed, gpuArchive, packageMetadata } from '../../../support/gpu-package.js';

const wanted = readMetadata(packageMetadata(), 'linux/x64', '1.30.0')!;
const index = 'https://feed.test/index.json';
const leaf = 'https://feed.test/reg/some.runtime.gpu/1.30.0.json';

async function get(lies: FeedLies, onBytes?: (bytes: number, total: number) => void): Promise<Uint8Array> {
  const options = { fetch: fakeFeed(lies), ...(onBytes === undefined ? {} : { onBytes }) };
  return downloadPackage(await resolvePackage(wanted, options), options);
}

describe('a package feed', () => {
  it('gives the package that its catalogue states, and tells how much of it is there', async () => {
    const told: (readonly [number, number])[] = [];
    const received = await get({}, (...bytes) => told.push(bytes));
    assert.deepEqual(Buffer.from(received), Buffer.from(gpuArchive()));
    assert.deepEqual(told.at(-1), [received.length, received.length]);
  });

  const changed = gpuArchive();
  changed[60]! ^= 1;
  const { length } = changed;
  const hash = { packageHash: 'short' };
  const wrong: readonly (readonly [string, FeedLies, RegExp])[] = [
    ['a changed package', { archive: changed }, /SHA-512/],
    ['a package that is cut short', { archive: changed.subarray(0, length - 1) }, /its catalogue says/],
    ['a package that is too long', { archive: new Uint8Array(length + 1) }, /more than/],
    ['no hash', { catalogue: hash }, /no SHA-512/],
    ['a weaker hash', { catalogue: { packageHashAlgorithm: 'MD5' } }, /no SHA-512/],
    ['no size', { catalogue: { packageSize: 'large' } }, /received large/],
    ['a size beyond all measure', { catalogue: { packageSize: 2 ** 40 } }, /received 1099511627776/],
    ['an index that is no JSON', { answers: { [index]: '<html>' } }, /no JSON/],
    ['an index that is a number', { answers: { [index]: '7' } }, /no JSON object/],
    ['an index without addresses', { answers: { [index]: { resources: [null, {}] } } }, /index has no/],
    ['an unknown version', { answers: { [leaf]: undefined } }, /status 404/],
    ['no catalogue entry', { answers: { [leaf]: {} } }, /no catalogue entry/],
    ['an entry without TLS', { answers: { [leaf]: { catalogEntry: 'http://feed.test/e' } } }, /https/],
    ['an entry on the disk', { answers: { [leaf]: { catalogEntry: 'file:///etc/passwd' } } }, /https/],
    [
      'a network that is not there',
      { answers: { [index]: new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND') }) } },
      /fetch failed \(getaddrinfo ENOTFOUND\)/,
    ],
  ];
  for (const [what, lies, message] of wrong) {
    it(`with ${what} is refused`, () => assertCliError(() => get(lies), 'CLI_GPU_INSTALL', message));
  }
});
