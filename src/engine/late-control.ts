/**
 * Makes an inline stream heed control as one on a thread does whose rollbacks all come in time: what is said before a
 * read applies from the end of that read on, and plans are said as far ahead. For replays of what was live; allocates.
 */
import type { ModelStream } from '../../models/index.js';

/** The same stream, with its methods replaced. `planAheadFrames`: as live. */
export function heedControlLate(stream: ModelStream, planAheadFrames: number): ModelStream {
  let said: (() => void)[] = [];
  const read = stream.read.bind(stream);
  const setSampling = stream.setSampling.bind(stream);
  const planSampling = stream.planSampling.bind(stream);
  const setConditioning = stream.setConditioning.bind(stream);
  const reset = stream.reset.bind(stream);
  const command = stream.states.command.bind(stream.states);
  let lastSaid = (): void => undefined;
  Object.defineProperty(stream, 'planAheadFrames', { value: planAheadFrames });
  stream.read = (out, numFrames) => {
    const count = read(out, numFrames);
    for (const say of said) say();
    said = [];
    return count;
  };
  stream.setSampling = (sampling) => {
    const values = { ...sampling };
    lastSaid = () => setSampling(values);
    said.push(lastSaid);
  };
  stream.planSampling = (frame, sampling) => {
    const values = { ...sampling };
    lastSaid = () => setSampling(values);
    said.push(() => planSampling(frame, values));
  };
  stream.setConditioning = (input, firstFrame, frames, numFrames) => {
    const values = frames.slice();
    said.push(() => setConditioning(input, firstFrame, values, numFrames));
  };
  stream.states.command = (wish, frame) => {
    const values = { ...wish };
    said.push(() => command(values, frame));
    return true;
  };
  stream.reset = (seed) => {
    said = [];
    lastSaid();
    reset(seed);
  };
  return stream;
}
