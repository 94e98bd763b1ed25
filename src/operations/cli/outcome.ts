/** What a command has to say of what it did: to people, and the same to scripts (`--json`). */
export interface Outcome {
  lines: string[];
  data: unknown;
  /** Whether what was asked for is not so, though the command did all it can; see `doctor`. */
  isFailure?: boolean;
}

/** An outcome as it is printed. */
export function textOf({ lines, data }: Outcome, isJson: boolean): string {
  return isJson ? `${JSON.stringify(data)}\n` : lines.map((line) => `${line}\n`).join('');
}

/** `1 session`, `2 sessions` */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
