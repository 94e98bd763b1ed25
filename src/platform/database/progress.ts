import type { WriteStream } from 'node:tty';

const WIDTH = 30;
const DRAW_EVERY_MS = 100;

/** Shows an operator at a terminal how far a step of `total`, such as bytes, has come; elsewhere it prints nothing. */
export function progressOn(
  out: NodeJS.WritableStream,
  step: string,
  total: number,
  unit: string,
): Progress | undefined {
  const terminal = out as WriteStream;
  if (!terminal.isTTY) return undefined;
  const progress = new Progress(terminal);
  progress.begin(step, total, unit);
  return progress;
}

/** Shows how far something has come that takes long: a bar on a terminal, a line for each table elsewhere. */
export class Progress {
  private step = '';
  private total = 0;
  private done = 0;
  private unit = '';
  private table = '';
  private drawnAt = 0;

  constructor(private readonly out: WriteStream) {}

  /** A step begins, such as `copying`, in which `total` rows are gone through, or any other unit. */
  begin(step: string, total: number, unit = 'rows'): void {
    Object.assign(this, { step, total, unit, done: 0, table: '' });
  }

  /** So many more rows are done, of a table where there are several. */
  add(rows: number, table = ''): void {
    const isNew = table !== this.table;
    this.table = table;
    this.done += rows;
    if (this.out.isTTY) this.draw(isNew);
    else if (isNew) this.out.write(`${this.step} ${table}\n`);
  }

  /** Takes the bar away. */
  end(): void {
    if (this.out.isTTY) this.out.write('\r\x1b[K');
  }

  private draw(isNew: boolean): void {
    const now = performance.now();
    if (!isNew && this.done < this.total && now - this.drawnAt < DRAW_EVERY_MS) return;
    this.drawnAt = now;
    const share = this.total === 0 ? 1 : Math.min(1, this.done / this.total);
    const bar = '█'.repeat(Math.round(share * WIDTH)).padEnd(WIDTH, '░');
    const rows = `${this.done.toLocaleString('en')} of ${this.total.toLocaleString('en')} ${this.unit}`;
    const line = `${this.step} ${bar} ${Math.floor(share * 100)} %  ${rows}  ${this.table}`;
    // One that wraps could not be drawn over.
    this.out.write(`\r\x1b[K${line.slice(0, (this.out.columns || 80) - 1)}`);
  }
}
