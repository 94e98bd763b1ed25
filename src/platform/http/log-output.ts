import { write, writeSync } from 'node:fs';

const STANDARD_OUTPUT = 1;
/** How much is buffered while no process reads; lines beyond are dropped. */
const MOST_WAITING_CHARACTERS = 1_000_000;
const TRY_AGAIN_MS = 100;

/**
 * Standard output, for a log that never stands in the way: no request waits for its reader, and what cannot be written,
 * because it is closed or its disk is full, is lost. (Pino's own destination ends the process or hangs then.)
 */
export class LogOutput {
  private waiting = '';
  private isWriting = false;

  constructor() {
    process.once('exit', () => this.writeLast());
  }

  write(line: string): void {
    if (this.waiting.length + line.length > MOST_WAITING_CHARACTERS) return;
    this.waiting += line;
    if (!this.isWriting) this.writeOut(Buffer.alloc(0));
  }

  /** Writes what is left of a piece, then what has been waiting behind it. */
  private writeOut(rest: Buffer): void {
    let piece = rest;
    if (piece.length === 0) {
      piece = Buffer.from(this.waiting);
      this.waiting = '';
    }
    this.isWriting = piece.length > 0;
    if (!this.isWriting) return;
    write(STANDARD_OUTPUT, piece, (error, written) => {
      if (error?.code === 'EAGAIN') setTimeout(() => this.writeOut(piece), TRY_AGAIN_MS).unref();
      else this.writeOut(error ? Buffer.alloc(0) : piece.subarray(written));
    });
  }

  private writeLast(): void {
    // The reader does not read; waiting for it now would take for ever.
    if (this.isWriting) return;
    try {
      writeSync(STANDARD_OUTPUT, this.waiting);
    } catch {
      // Lost, as above.
    }
  }
}
