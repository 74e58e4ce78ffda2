import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { ModelError } from '../errors.js';
import { packageRoot } from '../package-root.js';
import type { BundleManifest } from './types.js';

/** The one version that this program reads and writes. */
export const FORMAT_VERSION = 1;
/** Published for editors and other programs; compiled on first use. */
export const MANIFEST_SCHEMA_PATH = 'models/bundle/model.schema.json';

let validate: ValidateFunction<BundleManifest> | undefined;

/** Parses the text of model.json. Throws MODEL_MANIFEST with the JSON path, or MODEL_VERSION. */
export function parseManifest(text: string): BundleManifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ModelError('MODEL_MANIFEST', `Expected JSON in model.json: ${(cause as Error).message}.`, {
      cause,
    });
  }
  return checkManifest(value);
}

/** Returns `value` typed, or throws MODEL_MANIFEST with the JSON path, or MODEL_VERSION. */
export function checkManifest(value: unknown): BundleManifest {
  const version = (value as { formatVersion?: unknown } | null)?.formatVersion;
  // Told apart from other faults: the file may be good and this program old.
  if (typeof version === 'number' && version !== FORMAT_VERSION) {
    throw new ModelError(
      'MODEL_VERSION',
      `Expected formatVersion ${FORMAT_VERSION} but received ${version}.`,
    );
  }
  validate ??= compileSchema();
  if (!validate(value)) throw manifestError(validate.errors![0]!, value);
  checkConditioning(value);
  return value;
}

/** What a schema cannot say: names are unique, and a frame is a whole number of samples. */
function checkConditioning({ conditioning, sampleRate }: BundleManifest): void {
  for (const [index, { name, rateHz }] of conditioning.entries()) {
    const at = `model.json, at /conditioning/${index}`;
    if (!Number.isInteger(sampleRate / rateHz)) {
      throw new ModelError(
        'MODEL_MANIFEST',
        `${at}/rateHz: must divide the sample rate ${sampleRate} but received ${rateHz}.`,
      );
    }
    if (conditioning.findIndex((other) => other.name === name) < index)
      throw new ModelError('MODEL_MANIFEST', `${at}/name: must be unique but received ${name} again.`);
  }
}

function compileSchema(): ValidateFunction<BundleManifest> {
  const schema = JSON.parse(readFileSync(join(packageRoot(), MANIFEST_SCHEMA_PATH), 'utf8')) as object;
  // A test holds the schema against its own meta-schema; doing so at each start would cost most of the loading time.
  const options = { allowUnionTypes: true, validateSchema: false, meta: false };
  return new Ajv(options).compile<BundleManifest>(schema);
}

function manifestError(error: ErrorObject, manifest: unknown): ModelError {
  const { params } = error;
  const extra = typeof params.additionalProperty === 'string' ? `/${params.additionalProperty}` : '';
  const path = `${error.instancePath}${extra}` || '/';
  const allowed = params.allowedValues ?? params.allowedValue;
  const expectation = extra
    ? 'must not be there'
    : `${error.message}${allowed === undefined ? '' : ` ${JSON.stringify(allowed)}`}`;
  const received = extra ? '' : ` but received ${shorten(valueAt(manifest, error.instancePath))}`;
  return new ModelError('MODEL_MANIFEST', `model.json, at ${path}: ${expectation}${received}.`);
}

/** Follows a JSON pointer. */
function valueAt(root: unknown, pointer: string): unknown {
  let value = root;
  for (const part of pointer.split('/').slice(1)) {
    value = (value as Record<string, unknown>)[part.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return value;
}

function shorten(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
