/** The npm packages: installed when node_modules does not hold what the lock file names. */
import { readFileSync } from 'node:fs';
import { inRoot, root } from './paths.js';
import { run, runNode } from './run.js';
import { SetupError, step } from './say.js';

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
  } catch {
    return undefined;
  }
}

/** npm writes node_modules/.package-lock.json last, so a broken install shows too. */
export function packagesAreInstalled() {
  const wanted = packagesOf(inRoot('package-lock.json'));
  if (wanted === undefined) return true; // not a checkout: npm has installed this package itself
  const present = packagesOf(inRoot('node_modules', '.package-lock.json'));
  if (present === undefined) return false;
  return Object.entries(wanted).every(
    ([name, entry]) => name === '' || entry.optional || present[name]?.version === entry.version,
  );
}

function npmEnvironment() {
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' };
  // An outer npm or npx tells its children its own folders; this install has its own.
  for (const key of Object.keys(env)) {
    if (/^npm_(command|config_(local_prefix|package|call|global|omit|production|yes))$/i.test(key))
      delete env[key];
  }
  return env;
}

/**
 * Scripts of packages are not run: the one that is wanted, naudiodon's build, is an addon like our own
 * (addons.js), which can tell in one line why it failed.
 */
export async function installPackages() {
  const count = Object.keys(packagesOf(inRoot('package-lock.json')) ?? {}).length - 1;
  const args = ['ci', '--ignore-scripts', '--include=dev', '--include=optional', '--prefer-offline'];
  args.push('--no-audit', '--no-fund', '--loglevel=error', '--prefix', root);
  const npm = process.env.npm_execpath;
  const { code, output } = await step(`Installing ${count} packages from the npm registry`, () =>
    npm?.endsWith('npm-cli.js')
      ? runNode([npm, ...args], npmEnvironment())
      : run(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, npmEnvironment()),
  );
  if (code === 0) return;
  throw new SetupError(
    'CLI_INSTALL',
    `npm ci ended with code ${code}.`,
    'Check the connection to the npm registry (npm ping), then start again.',
    output,
  );
}
