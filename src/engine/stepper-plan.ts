/** What `--stepper auto` stands for, bundle by bundle, as measured on this machine. Plain data; any thread. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MANIFEST_FILE, type OnnxProvider, type StepperChoice } from '../../models/index.js';

export interface PlannedStepper {
  /** `bundleIdentity` of the bundle. */
  readonly bundle: string;
  readonly stepper: Exclude<StepperChoice, 'auto'>;
  /** Of onnx. */
  readonly provider?: OnnxProvider;
  /** A clause for status and takes. */
  readonly reason: string;
}

/** What streams and primers of a bundle are opened with. */
export interface StepperUse {
  readonly stepper: StepperChoice;
  readonly provider: OnnxProvider | undefined;
  /** In the place of what opening gives as a reason. */
  readonly reason?: string | undefined;
}

/** SHA-256 of the manifest, which has that of the weights: the same for all copies of a bundle. Rejects with the system's error. */
export async function bundleIdentity(folder: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(join(folder, MANIFEST_FILE)))
    .digest('hex');
}

/** The plan of one engine, which learns what does not open after all. */
export class StepperPlan {
  private readonly byBundle: ReadonlyMap<string, PlannedStepper>;
  /** Why a bundle is not stepped as planned. */
  private readonly givenUp = new Map<string, string>();

  /** Of several rows of a bundle the first counts. `asked`: without a plan, and for bundles that are not in it. */
  constructor(
    private readonly asked: StepperUse,
    private readonly rows: readonly PlannedStepper[] | undefined,
  ) {
    this.byBundle = new Map((rows ?? []).toReversed().map((row) => [row.bundle, row]));
  }

  /** `isPair`: two models are to sound as one. */
  async of(folder: string, isPair: boolean): Promise<StepperUse> {
    const { asked, rows } = this;
    if (asked.stepper !== 'auto' || rows === undefined) return asked;
    const bundle = await bundleIdentity(folder);
    const planned = this.byBundle.get(bundle);
    if (planned === undefined) return { ...asked, reason: 'not measured: it was loaded while others played' };
    const why = this.givenUp.get(bundle) ?? (isPair ? whyNoPair(planned) : undefined);
    if (why !== undefined) return { ...asked, reason: why };
    const { stepper, provider, reason } = planned;
    return { stepper, provider, reason };
  }

  /** True when a bundle was planned for a stepper that cannot be opened: from now on it has the usual one. */
  async giveUp(folder: string, use: StepperUse, error: unknown): Promise<boolean> {
    if (this.asked.stepper !== 'auto' || use.stepper === 'auto') return false;
    const cause = error instanceof Error ? error.message : String(error);
    this.givenUp.set(await bundleIdentity(folder), `${use.stepper} was chosen and does not open: ${cause}`);
    return true;
  }
}

/** A clause; undefined when a planned stepper plays two models as one. */
function whyNoPair({ stepper }: PlannedStepper): string | undefined {
  return stepper === 'cuda' ? 'cuda was chosen, but plays no two models as one' : undefined;
}
