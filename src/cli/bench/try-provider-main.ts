/**
 * Process that tries one provider: what a driver breaks, it breaks alone. Takes a ProviderTrial as JSON, and prints a
 * ProviderReply as its last line. Started by providers.ts.
 */
import { isCodedError } from '../../../graph/index.js';
import { loadBundle } from '../../../models/index.js';
import type { ProviderPath } from './provider-paths.js';
import { type ProviderFigures, type TryOptions, tryProvider } from './try-provider.js';

export interface ProviderTrial {
  readonly folder: string;
  readonly path: ProviderPath;
  readonly options: TryOptions;
}

export type ProviderReply =
  | { readonly figures: ProviderFigures }
  | { readonly code: string; readonly message: string; readonly remedy: string };

async function reply({ folder, path, options }: ProviderTrial): Promise<ProviderReply> {
  try {
    return { figures: await tryProvider(await loadBundle(folder), path, options) };
  } catch (error) {
    if (!isCodedError(error)) throw error;
    const { code, message, remedy } = error;
    return { code, message, remedy };
  }
}

const answer = JSON.stringify(await reply(JSON.parse(process.argv[2]!) as ProviderTrial));
// Threads of drivers may still run.
process.stdout.write(`${answer}\n`, () => process.exit(0));
