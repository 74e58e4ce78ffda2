#!/usr/bin/env node
/** The command `sashimi`: sets the checkout up when needed, then hands over to the built one. */
import { pathToFileURL } from 'node:url';
import { entry } from './paths.js';
import { prepare, refuseTypeErrors } from './prepare.js';
import { sayError } from './say.js';

try {
  refuseTypeErrors(await prepare({ isTold: process.argv[2] === 'play' }));
  await import(pathToFileURL(entry).href);
} catch (error) {
  sayError(error);
  process.exitCode = 1;
}
