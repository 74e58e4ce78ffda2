/** Brings a checkout to where it can run: packages, TypeScript, addons. Quick when there is nothing to do. */
import { addonsAreSettled, buildAddons, tellMissingAddons } from './addons.js';
import { withLock } from './lock.js';
import { installPackages, packagesAreInstalled } from './packages.js';
import { SetupError } from './say.js';
import { buildTypescript, typescriptIsBuilt } from './typescript.js';

function checkNode() {
  if (Number(process.versions.node.split('.')[0]) >= 20) return;
  throw new SetupError(
    'CLI_NODE_VERSION',
    `This is Node ${process.versions.node}; Node 20 or later is needed.`,
    'Install Node 20 or later from nodejs.org or your system.',
  );
}

const isReady = () => packagesAreInstalled() && typescriptIsBuilt() && addonsAreSettled();

/**
 * @param {{ isForced?: boolean, isTold?: boolean }} options `isForced` builds everything again, `isTold` repeats
 *   what is missing although nothing new was tried.
 * @returns {Promise<{ typeErrors: string }>} what the TypeScript compiler found, '' when nothing
 */
export async function prepare({ isForced = false, isTold = false } = {}) {
  checkNode();
  let typeErrors = '';
  const hadWork = isForced || !isReady();
  if (hadWork) {
    await withLock(async () => {
      if (!packagesAreInstalled()) await installPackages();
      const compiles = isForced || !typescriptIsBuilt();
      const [errors] = await Promise.all([compiles ? buildTypescript() : '', buildAddons({ isForced })]);
      typeErrors = errors;
    });
  }
  if (hadWork || isTold) tellMissingAddons();
  return { typeErrors };
}

/** Throws what `prepare` found in the sources, for everyone who needs a sound build. */
export function refuseTypeErrors({ typeErrors }) {
  if (typeErrors === '') return;
  throw new SetupError(
    'CLI_BUILD',
    'The TypeScript sources do not compile.',
    'Mend the errors above.',
    typeErrors,
  );
}
