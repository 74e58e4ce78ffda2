/** What node-gyp needs on this machine, and how to get what is missing. */
import { accessSync, constants, existsSync, realpathSync } from 'node:fs';
import path from 'node:path';

function find(names) {
  for (const name of names) {
    for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
      const file = path.join(folder, name);
      try {
        accessSync(file, constants.X_OK);
        return file;
      } catch {}
    }
  }
  return undefined;
}

/** The folder that holds `include/node` of the Node that runs this; undefined when it was installed without headers. */
function headersFolder() {
  const candidates = [
    process.env.npm_config_nodedir,
    path.resolve(path.dirname(process.execPath), '..'),
    path.resolve(path.dirname(realpathSync(process.execPath)), '..'),
  ];
  return candidates.find(
    (folder) => folder && existsSync(path.join(folder, 'include', 'node', 'node_api.h')),
  );
}

/**
 * `missing` names in words what a build lacks, empty when it can start. On Windows node-gyp finds
 * its own compiler and fetches Node's import library, so nothing is looked for there.
 */
export function findToolchain() {
  if (process.platform === 'win32') return { missing: [], args: [], env: process.env, key: 'win32' };
  const python = find(['python3', 'python']);
  const make = find(['make', 'gmake']);
  const cxx = process.env.CXX ?? find(['g++', 'c++', 'clang++']);
  const cc = process.env.CC ?? find(['gcc', 'cc', 'clang']);
  const headers = headersFolder();
  const missing = [];
  if (!cxx || !cc) missing.push('a C++ compiler');
  if (!make) missing.push('make');
  if (!python) missing.push('Python 3');
  if (!headers) missing.push("Node's C headers");
  return {
    missing,
    args: headers ? [`--nodedir=${headers}`] : [],
    env: { ...process.env, ...(cxx && { CXX: cxx }), ...(cc && { CC: cc }), ...(make && { MAKE: make }) },
    key: [python, make, cxx, cc, headers].join(' '),
  };
}

export function howToGet() {
  if (process.platform === 'darwin') return 'xcode-select --install';
  if (process.platform === 'win32') return 'install Visual Studio Build Tools with C++';
  if (find(['apt-get'])) return 'sudo apt install g++ make python3';
  if (find(['dnf'])) return 'sudo dnf install gcc-c++ make python3';
  if (find(['pacman'])) return 'sudo pacman -S gcc make python';
  if (find(['apk'])) return 'sudo apk add g++ make python3';
  return 'install g++, make and Python 3';
}
