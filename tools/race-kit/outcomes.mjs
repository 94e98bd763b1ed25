/** A promise that the deployment does not keep. */
export class Broken extends Error {
  constructor(expected, seen) {
    super(`expected ${expected}; seen ${seen}`);
  }
}

/** It could not be found out whether a promise is kept. */
export class Undecided extends Error {}

/** Nothing can be found out at all; the message is for the operator. */
export class CannotRun extends Error {}

/** The operator pressed Ctrl-C, or it went on for too long. */
export class Stopped extends Error {}

/** @throws Broken unless `holds` */
export function expect(holds, expected, seen) {
  if (!holds) throw new Broken(expected, seen);
}

/** Status and code of answers, each once with how many there were. Never their tokens. */
export function told(...answers) {
  const counts = new Map();
  for (const { status, code } of answers) {
    const words = code ? `${status} ${code}` : String(status);
    counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  return [...counts].map(([words, count]) => (count > 1 ? `${count} × ${words}` : words)).join(', ');
}
