/** A supervisor in a process of its own, so that a test can kill it. Prints what happens, one JSON value per line. */
import { type PlayOptions, startPlay } from '../../src/process/index.js';

const options = JSON.parse(process.argv[2]!) as PlayOptions;
const handle = await startPlay(options);
handle.events$.subscribe((event) => console.log(JSON.stringify(event)));
process.exitCode = await handle.done;
