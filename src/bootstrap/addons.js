/** The C++ addons: built against the headers of the Node that runs this. Sound and tests work without them. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { recall, remember } from './memory.js';
import { cache, inRoot } from './paths.js';
import { runNode } from './run.js';
import { say, step } from './say.js';
import { findToolchain, howToGet } from './toolchain.js';

const addons = [
  {
    name: 'native stepper',
    folder: path.join('models', 'native'),
    product: 'sashimi_native.node',
    instead: 'models run as WebAssembly, slower',
  },
  {
    name: 'naudiodon',
    folder: path.join('node_modules', 'naudiodon'),
    product: 'naudiodon.node',
    instead: 'sound goes through pw-cat, aplay or ffplay',
  },
];

const folderOf = (addon) => inRoot(addon.folder);
const productOf = (addon) => path.join(folderOf(addon), 'build', 'Release', addon.product);
const stateOf = (addon) => recall().addons?.[addon.name];

function sourcesOf(addon) {
  return readdirSync(folderOf(addon), { withFileTypes: true, recursive: true })
    .filter((file) => file.isFile() && /\.(cc|cpp|h|hpp|gyp|gypi)$/.test(file.name))
    .map((file) => path.join(file.parentPath ?? file.path, file.name))
    .filter((file) => !file.startsWith(path.join(folderOf(addon), 'build')))
    .sort();
}

/** Changes when the product would: sources, Node, machine. */
function sourcesKey(addon) {
  const hash = createHash('sha256').update(`${process.versions.modules} ${process.platform} ${process.arch}`);
  for (const file of sourcesOf(addon)) hash.update(path.basename(file)).update(readFileSync(file));
  return hash.digest('hex');
}

/** Somebody may have built by hand: a product newer than its sources counts. */
function isBuiltByHand(addon) {
  if (!existsSync(productOf(addon))) return false;
  const built = statSync(productOf(addon)).mtimeMs;
  return sourcesOf(addon).every((file) => statSync(file).mtimeMs <= built);
}

/** Built from these sources, or failed with these sources and these tools: trying again would change nothing. */
function isSettled(addon, toolchain) {
  const state = stateOf(addon);
  if (state === undefined) return isBuiltByHand(addon);
  if (state.sources !== sourcesKey(addon)) return false;
  return state.failure === undefined ? existsSync(productOf(addon)) : state.tools === toolchain.key;
}

const presentAddons = () => addons.filter((addon) => existsSync(path.join(folderOf(addon), 'binding.gyp')));

export function addonsAreSettled() {
  const toolchain = findToolchain();
  return presentAddons().every((addon) => isSettled(addon, toolchain));
}

async function buildOne(addon, toolchain, isClean) {
  if (toolchain.missing.length > 0) return `needs ${toolchain.missing.join(', ')}`;
  const gyp = inRoot('node_modules', 'node-gyp', 'bin', 'node-gyp.js');
  const commands = isClean ? ['rebuild'] : ['configure', 'build'];
  const log = path.join(cache, `build-${path.basename(addon.folder)}.log`);
  const built = await step(`Compiling the ${addon.name}`, async () => {
    let output = '';
    for (const command of commands) {
      const result = await runNode(
        [gyp, command, '-C', folderOf(addon), '--jobs', 'max', ...toolchain.args],
        toolchain.env,
      );
      output += result.output;
      if (result.code !== 0) break;
      if (command !== 'configure') return true;
    }
    mkdirSync(cache, { recursive: true });
    writeFileSync(log, output);
    return false;
  });
  return built ? undefined : `did not compile (${path.relative(inRoot(), log)} says why)`;
}

/** Builds what is not settled. `isForced` tries everything again from clean. */
export async function buildAddons({ isForced = false } = {}) {
  const toolchain = findToolchain();
  for (const addon of presentAddons()) {
    if (!isForced && isSettled(addon, toolchain)) continue;
    const failure = await buildOne(addon, toolchain, isForced);
    // A product of older sources would be worse than none.
    if (failure !== undefined) rmSync(productOf(addon), { force: true });
    const state = { sources: sourcesKey(addon), tools: toolchain.key, failure };
    remember({ addons: { ...recall().addons, [addon.name]: state } });
  }
}

/** One line per addon that is not there: what is missing, what is used instead, how to get it. */
export function tellMissingAddons() {
  for (const addon of presentAddons()) {
    const { failure } = stateOf(addon) ?? {};
    if (failure !== undefined)
      say(`No ${addon.name}: ${failure}; ${addon.instead}. To get it: ${howToGet()}, then npm run build`);
  }
}
