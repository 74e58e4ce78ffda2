/** Does edits of the patch that plays: all edits of a transaction, or none. */
import { compilePatch, type Patch, PatchEditor, parsePatch } from '../../graph/index.js';
import {
  addressTableOf,
  type EditRequest,
  type GraphTransaction,
  OSC_CODES,
  type ReplyOrder,
} from '../control/index.js';
import { RemoteError } from './audio-handle.js';
import type { ControlRoom } from './control-room.js';
import { graphEditOf, refuseForeign, saidOf } from './remote-edits.js';

export interface GraphDeskPorts {
  reply(order: ReplyOrder): void;
  /** An edit that nobody waits for has failed. */
  failed(code: string, message: string): void;
}

interface Refusal {
  /** Which edit is to blame. */
  readonly edit: number;
  readonly code: string;
  readonly message: string;
}

/** What the compiler wants to know and does not decide whether a patch can be compiled. */
const anyOptions = { sampleRate: 48_000, maxBlockFrames: 256, mode: 'live', seed: 0 } as const;

export class GraphDesk {
  constructor(
    private readonly room: ControlRoom,
    private readonly ports: GraphDeskPorts,
    /** That messages may name files in. */
    private readonly folder: string,
  ) {}

  /** Never rejects. Every edit is answered: with the frame at which all took effect, or each with why nothing has changed. */
  async take({ edits, frame }: GraphTransaction): Promise<void> {
    const done = await this.room.inTurn(() => this.edit(edits, frame));
    for (const [i, { replyTo }] of edits.entries()) {
      if (typeof done === 'number') {
        if (replyTo !== undefined) this.ports.reply({ token: replyTo.token, ok: true, results: [done] });
        continue;
      }
      const isCause = i === done.edit;
      if (replyTo === undefined) {
        if (isCause) this.ports.failed(done.code, done.message);
        continue;
      }
      const told = isCause ? done : { code: 'OSC_ROLLED_BACK', message: OSC_CODES.OSC_ROLLED_BACK.summary };
      this.ports.reply({ token: replyTo.token, ok: false, code: told.code, message: told.message });
    }
  }

  private async edit(edits: readonly EditRequest[], frame: number): Promise<number | Refusal> {
    const { registry, mirror, audio } = this.room;
    const { patch: before, presetName } = mirror.snapshot();
    const editor = new PatchEditor(before, registry);
    for (const [i, request] of edits.entries()) {
      try {
        const edit = graphEditOf(request);
        refuseForeign(edit, registry, this.folder);
        editor.apply(edit);
      } catch (error) {
        return { ...saidOf(error), edit: i };
      }
    }
    const { patch, anew } = editor;
    try {
      compilePatch(parsePatch(patch), registry, anyOptions);
    } catch (error) {
      const said = saidOf(error);
      return { ...said, edit: editor.editBehind(said.path) };
    }
    try {
      const answer = await audio.edit({ patch, anew }, frame);
      mirror.setPatch(patch, presetName, answer.params);
      this.tell(before, patch, anew, edits.length);
      return answer.frame;
    } catch (error) {
      return { ...saidOf(error), edit: editor.editBehind(pathOf(patch, error)) };
    }
  }

  private tell(before: Patch, after: Patch, anew: readonly string[], numEdits: number): void {
    const { osc, registry } = this.room;
    osc.setTable(addressTableOf(after, registry));
    const stays = ({ id, type }: Patch['nodes'][number], others: Patch): boolean =>
      !anew.includes(id) && others.nodes.some((other) => other.id === id && other.type === type);
    for (const node of before.nodes) {
      if (!stays(node, after)) osc.broadcast({ kind: 'node-removed', nodeId: node.id });
    }
    for (const node of after.nodes) {
      if (!stays(node, before)) osc.broadcast({ kind: 'node-added', nodeId: node.id, type: node.type });
    }
    osc.broadcast({ kind: 'graph-edited', edits: numEdits });
    this.room.edited(numEdits);
  }
}

/** Of the node that could not be prepared. */
function pathOf({ nodes }: Patch, error: unknown): string | undefined {
  const index = error instanceof RemoteError ? nodes.findIndex(({ id }) => id === error.nodeId) : -1;
  return index < 0 ? undefined : `$.nodes[${index}]`;
}
