/** What a spec measured, for who reads its output. */
export function measured(what: string): void {
  process.stdout.write(`  measured: ${what}\n`);
}

export const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

export const rounded = (values: number[]): string => values.map((value) => Math.round(value)).join(', ');
