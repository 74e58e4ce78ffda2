/**
 * `npm test`: set-up, types, lint, then mocha, in two processes beside each other and then in one for what plays live
 * (lanes.js); the last line counts it all.
 * Arguments go to mocha, sources as they are named: `npm test -- test/graph/compile.test.ts --grep cycle`.
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runChecks } from './checks.js';
import { closingLine } from './closing-line.js';
import { lanesOf } from './lanes.js';
import { inRoot, root } from './paths.js';
import { prepare } from './prepare.js';
import { sayError } from './say.js';

/** A run that does not end by itself after its last test left something open: that is a failure, too. */
const exitGraceMs = 15_000;

const isTest = (arg) => /^(dist\/)?test\/.*\.test\.[jt]s$/.test(arg);
const built = (arg) => (isTest(arg) ? arg.replace(/^test\//, 'dist/test/').replace(/\.ts$/, '.js') : arg);

/** Every built test, as mocha takes it. */
function allTests() {
  return readdirSync(inRoot('dist', 'test'), { recursive: true })
    .map((file) => path.posix.join('dist', 'test', ...file.split(path.sep)))
    .filter(isTest)
    .sort();
}

/** Resolves to mocha's counts; a run that breaks off counts as one failure. What mocha prints goes to `output`. */
function runMocha(args, output = 'inherit') {
  return new Promise((resolve) => {
    const say = (text) => (output === 'inherit' ? console.log(text) : writeSync(output, `${text}\n`));
    // A CI's log is a pipe, but mocha would colour it there.
    const colours = process.stdout.isTTY ? ['--color'] : ['--no-color'];
    const mocha = inRoot('node_modules', 'mocha', 'bin', 'mocha.js');
    const child = spawn(process.execPath, [mocha, ...colours, ...args], {
      cwd: root,
      stdio: ['inherit', output, output, 'ipc'],
    });
    let counts = { passed: 0, failed: 1, skipped: 0 };
    let hasReported = false;
    let timer;
    child.on('message', (message) => {
      counts = message;
      hasReported = true;
      timer = setTimeout(() => {
        say(
          `The tests ended, but their process did not within ${exitGraceMs / 1000} s: something is still open.`,
        );
        counts = { ...counts, failed: counts.failed + 1 };
        child.kill('SIGKILL');
      }, exitGraceMs);
    });
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      if (!hasReported) say(`mocha broke off (${signal ?? `exit code ${code}`}).`);
      resolve(counts);
    });
  });
}

/** The same; what it prints comes when it has ended, so that the lines of two runs do not mix. */
async function runHeldBack(args) {
  const folder = mkdtempSync(path.join(tmpdir(), 'sashimi-tests-'));
  const file = path.join(folder, 'log');
  const output = openSync(file, 'a');
  const counts = await runMocha(args, output);
  closeSync(output);
  return {
    counts,
    print() {
      process.stdout.write(readFileSync(file));
      rmSync(folder, { recursive: true });
    },
  };
}

/** Runs all tests with these arguments; resolves to the counts of each run of mocha. */
async function runAll(args) {
  const lanes = lanesOf(allTests());
  const [first, second] = lanes.beside;
  const [counts, held] = await Promise.all([
    runMocha([...first, ...args]),
    runHeldBack([...second, ...args]),
  ]);
  held.print();
  return [counts, held.counts, await runMocha([...lanes.alone, ...args])];
}

async function main() {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  try {
    const { typeErrors } = await prepare({ isTold: true });
    for (const check of await runChecks(typeErrors)) {
      counts[check.state]++;
      console.log(`${check.state}: ${check.name}${check.state === 'skipped' ? `, ${check.output}` : ''}`);
      if (check.state === 'failed') console.log(check.output);
    }
    const args = process.argv.slice(2).map(built);
    const runs = args.some(isTest) ? [await runMocha(args)] : await runAll(args);
    for (const run of runs) {
      for (const key of Object.keys(counts)) counts[key] += run[key];
    }
  } catch (error) {
    sayError(error);
    counts.failed++;
  }
  process.exitCode = counts.failed === 0 ? 0 : 1;
  console.log(closingLine(counts));
}

await main();
