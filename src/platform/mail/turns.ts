import { FARTHEST_MS, type Waiting } from './mail-queue.service.js';

/** How many letters are sent at a time; the pool of nodemailer has as many connections. */
const AT_A_TIME = 5;
/** One source leaves a place to the others, however many letters it has. */
const AT_A_TIME_OF_SOURCE = AT_A_TIME - 1;
/** So many are remembered of a source; the others are found in the table when it is their turn. */
const KEPT_OF_SOURCE = 50;
const KEPT = 10_000;

/**
 * Fair queueing: the sources take turns (round robin), so that a letter waits for one of each other source at most. Letters to
 * one address are sent one at a time.
 */
export class Turns {
  /** Those that wait, by source, the one whose turn it is first. */
  private readonly sources = new Map<string, Waiting[]>();
  private readonly known = new Set<string>();
  private readonly underway = new Map<string, Waiting>();

  get count(): number {
    return this.known.size;
  }

  /** Takes a letter into account, unless it is known already. */
  add(letter: Waiting): void {
    if (this.known.has(letter.id) || this.known.size >= KEPT) return;
    const waiting = this.sources.get(letter.source) ?? [];
    if (waiting.length >= KEPT_OF_SOURCE) return;
    this.known.add(letter.id);
    waiting.push(letter);
    this.sources.set(letter.source, waiting);
  }

  /** The letter to begin now, of those that are due by `now`; it is under way until it is {@link done}. */
  next(now: number): Waiting | undefined {
    if (this.underway.size >= AT_A_TIME) return undefined;
    for (const [source, waiting] of this.sources) {
      if (this.underwayOf(source) >= AT_A_TIME_OF_SOURCE) continue;
      const at = this.firstOf(waiting, now);
      if (at < 0) continue;
      const [letter] = waiting.splice(at, 1) as [Waiting];
      this.sources.delete(source);
      if (waiting.length > 0) this.sources.set(source, waiting);
      this.underway.set(letter.id, letter);
      return letter;
    }
    return undefined;
  }

  done({ id }: Waiting): void {
    this.underway.delete(id);
    this.known.delete(id);
  }

  /** When the next letter that waits is due. */
  get nextAt(): number {
    return Math.min(...[...this.sources.values()].flat().map(({ dueAt }) => dueAt));
  }

  /** Its position, or -1. Those to one address keep their order, so that the newest link arrives last. */
  private firstOf(waiting: Waiting[], now: number): number {
    const passed = new Set([...this.underway.values()].map(({ recipient }) => recipient));
    return waiting.findIndex(({ dueAt, recipient }) => {
      if (passed.has(recipient)) return false;
      passed.add(recipient);
      return isDue(dueAt, now);
    });
  }

  private underwayOf(source: string): number {
    return [...this.underway.values()].filter((each) => each.source === source).length;
  }
}

function isDue(dueAt: number, now: number): boolean {
  return dueAt <= now || dueAt > now + FARTHEST_MS;
}
