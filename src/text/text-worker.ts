/** The thread that reads texts: dictionary and rules live here, away from the audio path. */
import { parentPort } from 'node:worker_threads';
import type { ReadText } from '../../nodes/index.js';
import { loadPronouncer } from './pronounce.js';
import { readText } from './read-text.js';
import type { TextOrder, TextReply } from './worker-protocol.js';

const port = parentPort!;
const loading = loadPronouncer();
port.on('message', (order: TextOrder) => void answer(order));

async function answer({ id, request }: TextOrder): Promise<void> {
  try {
    const text = readText(request, await loading);
    const reply: TextReply = { id, text };
    port.postMessage(reply, buffersOf(text));
  } catch (error) {
    const reply: TextReply = { id, failure: error instanceof Error ? error.message : String(error) };
    port.postMessage(reply);
  }
}

/** They are handed over, not copied. */
function buffersOf({ plan, lyrics }: ReadText): ArrayBuffer[] {
  const arrays = [
    ...(plan === undefined ? [] : [plan.phones, plan.rows, plan.prosody?.semitones, plan.prosody?.levels]),
    ...(lyrics === undefined ? [] : [lyrics.plan.phones, lyrics.plan.rows, lyrics.starts, lyrics.vowels]),
  ];
  return arrays.flatMap((array) => (array === undefined ? [] : [array.buffer as ArrayBuffer]));
}
