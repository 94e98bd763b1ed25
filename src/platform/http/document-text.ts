import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import pLimit from 'p-limit';
import { TooManyDocuments, ValidationFailed } from './http.errors.js';

/** What a document may be, in bytes of text. */
export const MOST_DOCUMENT = 2 * 1024 * 1024;
const MOST_DEPTH = 100;
/** Objects, lists and values; aliases of YAML count as often as they are named. */
const MOST_NODES = 500_000;
/** Of all texts together, for the same reason. */
const MOST_CHARACTERS = 2 * MOST_DOCUMENT;
const PARSE_WITHIN_MS = 10_000;
const PARSE_WITHIN_MB = 256;
/** Each takes a thread, and up to so much memory. */
const PARSERS = 2;
const MOST_WAITING = 4;
const parsers = pLimit(PARSERS);

export type DocumentObject = Record<string, unknown>;

/** In a thread of its own: a megabyte of YAML takes a second, in which no request would be answered. */
const PARSER = `
const { parentPort, workerData } = require('node:worker_threads');
const { parse } = require(workerData.library);
try {
  const options = { schema: 'core', merge: false, maxAliasCount: 1000, prettyErrors: false, logLevel: 'error' };
  parentPort.postMessage({ value: parse(workerData.text, options) });
} catch (error) {
  parentPort.postMessage({ error: String(error && error.message).slice(0, 200) });
}`;

/**
 * Reads JSON or YAML as an object of plain values. Nothing is fetched, and nothing is made of tags.
 * @throws ValidationFailed for what is neither, and for what is too deep or too large; TooManyDocuments
 */
export async function readDocument(text: string): Promise<DocumentObject> {
  const value = looksLikeJson(text) ? parseJson(text) : await parseYaml(text);
  if (!isObject(value)) throw refusal('the document must be an object');
  refuseVast(value);
  return value;
}

export function isObject(value: unknown): value is DocumentObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @param field where in the document, dotted */
export function refusal(message: string, field = 'document'): ValidationFailed {
  return new ValidationFailed([{ field, message }]);
}

function looksLikeJson(text: string): boolean {
  return /^\s*[{[]/.test(text);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refusal('the document is not JSON, though it begins like it');
  }
}

/** @throws TooManyDocuments */
async function parseYaml(text: string): Promise<unknown> {
  if (parsers.activeCount + parsers.pendingCount >= PARSERS + MOST_WAITING) throw new TooManyDocuments();
  return parsers(() => parseInThread(text));
}

async function parseInThread(text: string): Promise<unknown> {
  const library = createRequire(import.meta.url).resolve('yaml');
  const worker = new Worker(PARSER, {
    eval: true,
    workerData: { library, text },
    resourceLimits: { maxOldGenerationSizeMb: PARSE_WITHIN_MB },
  });
  try {
    const { value, error } = await answerOf(worker);
    if (error !== undefined) throw refusal(`the document is no YAML: ${error}`);
    return value;
  } finally {
    await worker.terminate();
  }
}

function answerOf(worker: Worker): Promise<{ value?: unknown; error?: string }> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(refusal('the document takes too long, or too much memory, to read'));
    const timer = setTimeout(giveUp, PARSE_WITHIN_MS);
    worker.once('message', (answer: { value?: unknown; error?: string }) => resolve(answer));
    worker.once('error', giveUp);
    worker.once('exit', () => (clearTimeout(timer), giveUp()));
  });
}

/**
 * Counts what is there several times as often as it is there. Without recursion, which a deep document would exhaust.
 * @throws ValidationFailed
 */
export function refuseVast(document: DocumentObject): void {
  const left: [value: object, depth: number][] = [[document, 1]];
  let nodes = 1;
  let characters = 0;
  while (left.length > 0) {
    const [value, depth] = left.pop()!;
    if (depth > MOST_DEPTH) throw refusal(`the document is nested deeper than ${MOST_DEPTH}`);
    const names = Object.keys(value);
    nodes += names.length;
    if (nodes > MOST_NODES) throw refusal(`the document has more than ${MOST_NODES} values`);
    for (const name of names) {
      const member: unknown = value[name as never];
      characters += name.length + (typeof member === 'string' ? member.length : 0);
      if (typeof member === 'object' && member !== null) left.push([member, depth + 1]);
    }
    if (characters > MOST_CHARACTERS)
      throw refusal('the document is too long once its aliases and references are resolved');
  }
}
