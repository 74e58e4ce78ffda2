/** Holds a value against a schema of this folder; a complaint says where, what was expected and what was received. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { packageRoot } from '../../models/index.js';
import { SceneError } from './errors.js';

export const formatVersion = 1;

/** Reads texts of files whose format is `sashimi-live/WHAT`, as `src/scenes/WHAT.schema.json` says. */
export class SchemaReader<T> {
  private validate: ValidateFunction<T> | undefined;

  constructor(readonly what: string) {}

  /** `file` is used in sentences only. Throws SCENE_FORMAT or SCENE_VERSION. */
  read(text: string, file: string): T {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      throw new SceneError('SCENE_FORMAT', `${file} is not JSON: ${(cause as Error).message}`, { cause });
    }
    const version = (value as { formatVersion?: unknown } | null)?.formatVersion;
    // Told apart from other faults: the file may be good and this program old.
    if (typeof version === 'number' && version !== formatVersion) {
      throw new SceneError(
        'SCENE_VERSION',
        `${file}: expected formatVersion ${formatVersion} but received ${version}.`,
      );
    }
    this.validate ??= this.compile();
    if (this.validate(value)) return value;
    throw new SceneError('SCENE_FORMAT', `${file}: ${sentenceOf(this.validate.errors![0]!, value)}`);
  }

  private compile(): ValidateFunction<T> {
    const path = join(packageRoot(), 'src', 'scenes', `${this.what}.schema.json`);
    const options = { allowUnionTypes: true, validateSchema: false, meta: false };
    return new Ajv(options).compile<T>(JSON.parse(readFileSync(path, 'utf8')) as object);
  }
}

function sentenceOf({ instancePath, params, message }: ErrorObject, root: unknown): string {
  const extra = params.additionalProperty ?? params.propertyName;
  if (typeof extra === 'string') return `${instancePath}/${extra.slice(0, 80)} must not be there.`;
  const allowed = params.allowedValues ?? params.allowedValue;
  const listed = allowed === undefined ? '' : ` ${JSON.stringify(allowed)}`;
  return `${instancePath || '/'} ${message}${listed} but received ${shown(valueAt(root, instancePath))}.`;
}

/** Follows a JSON pointer. */
function valueAt(root: unknown, pointer: string): unknown {
  let value = root;
  for (const part of pointer.split('/').slice(1)) {
    value = (value as Record<string, unknown>)[part.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return value;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
