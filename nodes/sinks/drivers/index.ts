/** The drivers of this program, in order of preference. The null driver comes last: it is the one that is always there. */
import { type SinkDrivers, sinkDrivers } from '../driver.js';
import { naudiodon } from './naudiodon.js';
import { nullDriver } from './null.js';
import { pipeDrivers } from './pipe.js';

export function builtInDrivers(): SinkDrivers {
  return sinkDrivers([naudiodon, ...pipeDrivers(), nullDriver()]);
}
