import { createHash } from 'node:crypto';

/** A row with its values in the order of the columns. */
export type Values = unknown[];

/**
 * An order-independent checksum of a set of rows, because databases sort text differently: how many there are, and the sum of their
 * SHA-256 hashes. Values count as text, for SQLite keeps a number where PostgreSQL hands out its digits.
 */
export class Checksum {
  count = 0;
  private sum = 0n;

  add(rows: Values[]): void {
    for (const row of rows) {
      const hash = createHash('sha256')
        .update(JSON.stringify(row.map(asText)))
        .digest('hex');
      this.sum = BigInt.asUintN(256, this.sum + BigInt(`0x${hash}`));
    }
    this.count += rows.length;
  }

  equals(other: Checksum): boolean {
    return this.count === other.count && this.sum === other.sum;
  }

  toString(): string {
    const start = this.sum.toString(16).padStart(64, '0').slice(0, 16);
    return `${this.count.toLocaleString('en')} rows, checksum ${start}…`;
  }
}

function asText(value: unknown): string | null {
  if (value === null || typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`;
  throw new TypeError(`a value that is neither text, number, boolean nor bytes cannot be moved`);
}
