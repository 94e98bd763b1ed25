import type { WriteStream } from 'node:tty';

const WIDTH = 30;
const DRAW_EVERY_MS = 100;

/** Shows how far a move has come: a bar on a terminal, a line for each table elsewhere. */
export class Progress {
  private step = '';
  private total = 0;
  private done = 0;
  private table = '';
  private drawnAt = 0;

  constructor(private readonly out: WriteStream) {}

  /** A step begins, in which `total` rows are gone through. */
  begin(step: 'copying' | 'checking', total: number): void {
    Object.assign(this, { step, total, done: 0, table: '' });
  }

  /** So many more rows of a table are done. */
  add(table: string, rows: number): void {
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
    const rows = `${this.done.toLocaleString('en')} of ${this.total.toLocaleString('en')} rows`;
    const line = `${this.step} ${bar} ${Math.floor(share * 100)} %  ${rows}  ${this.table}`;
    // One that wraps could not be drawn over.
    this.out.write(`\r\x1b[K${line.slice(0, (this.out.columns || 80) - 1)}`);
  }
}
