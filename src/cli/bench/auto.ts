/** Which stepper `--stepper auto` takes for a bundle, measured anew. */
import { bundleFolder } from '../../engine/model-streams.js';
import { planSteppers, type StepperReport } from '../../self-test/index.js';

/** Of each bundle; kept for `sashimi play`. */
export async function benchAuto(
  bundles: readonly string[],
  voices: number,
): Promise<readonly StepperReport[]> {
  const needs = bundles.map((name) => ({ name, folder: bundleFolder(name), voices }));
  return (await planSteppers(needs, 'again')).reports;
}
