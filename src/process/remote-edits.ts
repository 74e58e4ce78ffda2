/** Edits as messages say them to edits of a patch; what no message may do is refused. */
import { type GraphEdit, isCodedError, type NodeRegistry } from '../../graph/index.js';
import type { EditRequest } from '../control/index.js';
import { EngineError } from '../engine/errors.js';
import { leavesProject } from '../project-paths.js';

export function graphEditOf({ command, args }: EditRequest): GraphEdit {
  const [first, second, third] = args;
  const [a, b] = [first as string, second as string];
  switch (command) {
    case '/graph/add':
      return { kind: 'add', type: a, id: b };
    case '/graph/remove':
      return { kind: 'remove', id: a };
    case '/graph/replace':
      return { kind: 'replace', id: a, type: b };
    case '/graph/connect':
      return { kind: 'connect', from: a, to: b, ...(third !== undefined && { amount: third as number }) };
    case '/graph/disconnect':
      return { kind: 'disconnect', from: a, to: b };
    case '/graph/output':
      return { kind: 'output', port: a };
    case '/graph/setting':
      return { kind: 'setting', id: a, name: b, value: third! };
  }
}

/**
 * Throws ENGINE_EDIT_REFUSED for a sink, and for a text that, read as a path from `folder`, leads out of it and out of the package:
 * which settings are paths only the nodes know.
 */
export function refuseForeign(edit: GraphEdit, registry: NodeRegistry, folder: string): void {
  if (edit.kind === 'add' || edit.kind === 'replace') {
    if (registry.get(edit.type)?.role !== 'sink') return;
    throw new EngineError('ENGINE_EDIT_REFUSED', `"${edit.type}" is a sink: it is not added by a message.`);
  }
  if (edit.kind !== 'setting' || typeof edit.value !== 'string') return;
  if (!leavesProject(edit.value, folder)) return;
  throw new EngineError(
    'ENGINE_EDIT_REFUSED',
    `"${edit.value.slice(0, 200)}" leads out of the folder that the engine was started in.`,
  );
}

/** What an error says, without the place in a patch that nobody wrote. */
export function saidOf(error: unknown): { code: string; message: string; path: string | undefined } {
  const message = error instanceof Error ? error.message : String(error);
  const path = /^\$[^\s:]*(?=: )/.exec(message)?.[0];
  const sentence = path === undefined ? message : message.slice(path.length + 2);
  if (!isCodedError(error)) return { code: 'ENGINE_REQUEST', message: sentence, path };
  const stop = /[.!?]$/.test(sentence) ? '' : '.';
  return { code: error.code, message: `${sentence}${stop} ${error.remedy}`, path };
}
