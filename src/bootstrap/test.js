/**
 * `npm test`: set-up, types, lint, then mocha; the last line counts it all.
 * Arguments go to mocha, sources as they are named: `npm test -- test/graph/compile.test.ts --grep cycle`.
 */
import { spawn } from 'node:child_process';
import { runChecks } from './checks.js';
import { closingLine } from './closing-line.js';
import { inRoot, root } from './paths.js';
import { prepare } from './prepare.js';
import { sayError } from './say.js';

/** A run that does not end by itself after its last test left something open: that is a failure, too. */
const exitGraceMs = 15_000;

const allTests = 'dist/test/**/*.test.js';
const isTest = (arg) => /^(dist\/)?test\/.*\.test\.[jt]s$/.test(arg);
const built = (arg) => (isTest(arg) ? arg.replace(/^test\//, 'dist/test/').replace(/\.ts$/, '.js') : arg);

/** Resolves to mocha's counts; a run that breaks off counts as one failure. */
function runMocha(args) {
  return new Promise((resolve) => {
    // A CI's log is a pipe, but mocha would colour it there.
    const colours = process.stdout.isTTY ? [] : ['--no-color'];
    const mocha = inRoot('node_modules', 'mocha', 'bin', 'mocha.js');
    const child = spawn(process.execPath, [mocha, ...colours, ...args], {
      cwd: root,
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    });
    let counts = { passed: 0, failed: 1, skipped: 0 };
    let hasReported = false;
    let timer;
    child.on('message', (message) => {
      counts = message;
      hasReported = true;
      timer = setTimeout(() => {
        console.log(
          `The tests ended, but their process did not within ${exitGraceMs / 1000} s: something is still open.`,
        );
        counts = { ...counts, failed: counts.failed + 1 };
        child.kill('SIGKILL');
      }, exitGraceMs);
    });
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      if (!hasReported) console.log(`mocha broke off (${signal ?? `exit code ${code}`}).`);
      resolve(counts);
    });
  });
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
    const tests = await runMocha(args.some(isTest) ? args : [allTests, ...args]);
    for (const key of Object.keys(counts)) counts[key] += tests[key];
  } catch (error) {
    sayError(error);
    counts.failed++;
  }
  process.exitCode = counts.failed === 0 ? 0 : 1;
  console.log(closingLine(counts));
}

await main();
