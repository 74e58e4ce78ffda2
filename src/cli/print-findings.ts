import type { Finding } from './examine.js';
import { out, printLine } from './terminal.js';

/** A line for each, and below what is missing: what is used instead, and how to get it. */
export function printFindings(findings: readonly Finding[]): void {
  for (const { name, isHere, detail, instead, remedy } of findings) {
    const mark = isHere ? out.style('green', 'ok     ') : out.style('yellow', 'missing');
    printLine(`${mark}  ${out.style('bold', name)}: ${detail}`);
    if (instead !== undefined) printLine(`         instead: ${instead}`);
    if (remedy !== undefined) printLine(`         remedy: ${remedy}`);
  }
}
