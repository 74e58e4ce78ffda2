/** `npm run build`: everything, also what failed before. `--rebuild` starts the addons from clean. */
import { prepare, refuseTypeErrors } from './prepare.js';
import { sayError } from './say.js';

try {
  refuseTypeErrors(await prepare({ isForced: true, isTold: true }));
} catch (error) {
  sayError(error);
  process.exitCode = 1;
}
