import { Problem } from '../../platform/http/problem.js';
import { LineTooLong, MalformedLine } from './transfer.errors.js';

/** One record of a file as it stands there, or why it cannot be read. */
export interface Piece {
  /** Of the line, or of the element of an array; the first is 1. */
  number: number;
  content: string | Problem;
}

const MAX_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/** The lines of a stream (NDJSON), in constant memory. Empty ones are counted and left out. */
export async function* linesOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<Piece> {
  const buffer = new RecordBuffer();
  let number = 0;
  for await (const chunk of source) {
    let from = 0;
    for (let to = chunk.indexOf(NEWLINE); to !== -1; to = chunk.indexOf(NEWLINE, from)) {
      buffer.add(chunk.subarray(from, to));
      from = to + 1;
      number++;
      const content = buffer.take();
      if (content !== '') yield { number, content };
    }
    buffer.add(chunk.subarray(from));
  }
  const content = buffer.take();
  if (content !== '') yield { number: number + 1, content };
}

/** What is read of a record so far. Of one that is too long, nothing is kept. */
export class RecordBuffer {
  private parts: Uint8Array[] = [];
  private size = 0;
  private readonly decoder = new TextDecoder('utf-8', { fatal: true });

  add(bytes: Uint8Array): void {
    this.size += bytes.length;
    if (this.size > MAX_BYTES) this.parts = [];
    else if (bytes.length > 0) this.parts.push(bytes);
  }

  /** All of it as text, trimmed and without a byte order mark, or what is wrong with it; then it is empty. */
  take(): string | Problem {
    const { parts, size } = this;
    this.parts = [];
    this.size = 0;
    if (size > MAX_BYTES) return new LineTooLong(MAX_BYTES);
    try {
      return this.decoder.decode(parts.length === 1 ? parts[0] : Buffer.concat(parts)).trim();
    } catch {
      return new MalformedLine('is not UTF-8');
    }
  }
}
