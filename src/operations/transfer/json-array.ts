import { RecordBuffer, type Piece } from './ndjson.js';
import { MalformedFile } from './transfer.errors.js';

const [QUOTE, BACKSLASH, NEWLINE, BRACKET] = [...Buffer.from('"\\\n[')] as [number, number, number, number];
const OPENING = new Set(Buffer.from('{['));
const CLOSING = new Set(Buffer.from('}]'));
/** Of what stands in an array of one object: `{ "users": [ … ] }`. */
const DEPTH = 3;

/**
 * The elements of the array in a JSON document such as `{ "users": [{ … }, { … }] }`, in constant memory. Only the
 * outline is read here; what an element holds is checked where it is parsed.
 * @throws MalformedFile for a document without such an array, or one that ends in the middle
 */
export async function* elementsOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<Piece> {
  const buffer = new RecordBuffer();
  let [depth, number, documents] = [0, 0, 0];
  let [isInString, isEscaped, sawArray] = [false, false, false];
  for await (const chunk of source) {
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (isInString) {
        if (isEscaped) isEscaped = false;
        else if (byte === BACKSLASH) isEscaped = true;
        else if (byte === QUOTE || byte === NEWLINE) isInString = false;
      } else if (byte === QUOTE) isInString = true;
      else if (OPENING.has(byte)) {
        depth++;
        if (depth === DEPTH - 1 && byte === BRACKET) sawArray = true;
        if (depth === DEPTH) from = at;
      } else if (CLOSING.has(byte)) {
        if (depth === DEPTH) {
          buffer.add(chunk.subarray(from, at + 1));
          yield { number: ++number, content: buffer.take() };
        }
        depth--;
        if (depth === 0) documents++;
      }
    }
    if (depth >= DEPTH) buffer.add(chunk.subarray(from));
  }
  if (!sawArray || depth !== 0 || documents !== 1) throw new MalformedFile();
}
