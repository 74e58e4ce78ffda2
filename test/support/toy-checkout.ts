/** A checkout in small: our bootstrap and package files around a program of three lines, so that set-up can be tried in seconds. */
import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../models/package-root.js';
import { type CliRun, runProgram } from './run-cli.js';

const copied = ['package.json', 'package-lock.json', 'tsconfig.json', join('src', 'bootstrap')];
/** Not linked: the set-up would build it in place. */
const notLinked = ['naudiodon'];

export interface ToyCheckout {
  write(file: string, text: string): void;
  remove(file: string): void;
  path(file: string): string;
  /** Starts the command `sashimi` of this checkout. */
  sashimi(args?: readonly string[], env?: NodeJS.ProcessEnv): Promise<CliRun>;
}

export function createToyCheckout(root: string): ToyCheckout {
  const path = (file: string): string => join(root, file);
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(path(file)), { recursive: true });
    writeFileSync(path(file), text);
  };
  for (const file of copied) cpSync(join(packageRoot(), file), path(file), { recursive: true });
  const modules = join(packageRoot(), 'node_modules');
  mkdirSync(path('node_modules'));
  for (const name of readdirSync(modules)) {
    if (!notLinked.includes(name)) symlinkSync(join(modules, name), path(join('node_modules', name)));
  }
  write(join('src', 'cli', 'main.ts'), "console.log('hello', ...process.argv.slice(2));\n");
  return {
    write,
    remove: (file) => rmSync(path(file), { recursive: true }),
    path,
    sashimi: (args = [], env = {}) =>
      runProgram(process.execPath, [path(join('src', 'bootstrap', 'sashimi.js')), ...args], {
        cwd: root,
        env: { ...process.env, ...env },
      }),
  };
}

/** An addon of a few lines that hands out the number 42. */
export function addToyAddon(checkout: ToyCheckout): void {
  checkout.write(
    'models/native/binding.gyp',
    "{ 'targets': [{ 'target_name': 'sashimi_native', 'sources': ['answer.cc'] }] }\n",
  );
  checkout.write(
    'models/native/answer.cc',
    `#include <node_api.h>
static napi_value Init(napi_env env, napi_value exports) {
  napi_value answer;
  napi_create_int32(env, 42, &answer);
  napi_set_named_property(env, exports, "answer", answer);
  return exports;
}
NAPI_MODULE(NODE_GYP_MODULE_NAME, Init)
`,
  );
}
