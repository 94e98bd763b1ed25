import type { Redis } from 'ioredis';

const CONNECT_WITHIN_MS = 2_000;
/** No request waits longer for it. */
const ANSWER_WITHIN_MS = 500;
/** After a failure it is left alone for so long. */
const LEAVE_ALONE_MS = 5_000;
/** A count is kept for so long after its period, for clocks differ. */
const LINGER_MS = 60_000;

/**
 * For each key: what the node knows to have been counted, the most there may be, what is added, and how long it is kept.
 * All are added or none; the answer is the place of the first that is used up, or 0, and then the counts.
 */
const TAKE = `
local used, over = {}, 0
for i = 1, #KEYS do
  local at = 4 * (i - 1)
  used[i] = math.max(tonumber(redis.call('GET', KEYS[i]) or '0'), tonumber(ARGV[at + 1]))
  if over == 0 and used[i] + math.max(tonumber(ARGV[at + 3]), 1) > tonumber(ARGV[at + 2]) then over = i end
end
for i = 1, #KEYS do
  local at = 4 * (i - 1)
  if over == 0 then used[i] = used[i] + tonumber(ARGV[at + 3]) end
  redis.call('SET', KEYS[i], string.format('%.0f', used[i]), 'PX', ARGV[at + 4])
end
table.insert(used, 1, over)
return used`;

/** What is counted at once. */
export interface SharedCount {
  key: string;
  /** What this node knows to have been counted: Redis may have forgotten it. */
  known: number;
  most: number;
  adds: number;
  /** In ms since 1970. */
  endsAt: number;
}

/** Counts that nodes share in Redis, exact whatever they do at the same time. */
export class SharedCounts {
  private awayUntil = 0;

  private constructor(
    private readonly redis: Redis,
    private readonly prefix: string,
    private readonly noteAway: (error: Error) => void,
  ) {}

  static async connect(url: string, prefix: string, noteAway: (error: Error) => void): Promise<SharedCounts> {
    const { Redis } = await import('ioredis');
    const redis = new Redis(url, {
      lazyConnect: true,
      connectTimeout: CONNECT_WITHIN_MS,
      commandTimeout: ANSWER_WITHIN_MS,
      enableOfflineQueue: false,
    });
    // That it is away is said when something is counted.
    redis.on('error', () => {});
    await redis.connect().catch(() => {});
    return new SharedCounts(redis, prefix, noteAway);
  }

  /** `undefined` while Redis is away; else the place of the first that is used up, or -1, and the counts. */
  async take(counts: SharedCount[]): Promise<{ over: number; used: number[] } | undefined> {
    if (performance.now() < this.awayUntil) return undefined;
    const keys = counts.map(({ key }) => `${this.prefix}:${key}`);
    const now = Date.now();
    const values = counts.flatMap(({ known, most, adds, endsAt }) => [
      known,
      most,
      adds,
      Math.max(1, endsAt - now) + LINGER_MS,
    ]);
    try {
      const answer = (await this.redis.eval(TAKE, keys.length, ...keys, ...values)) as number[];
      const [over = 0, ...used] = answer;
      return { over: over - 1, used };
    } catch (error) {
      this.awayUntil = performance.now() + LEAVE_ALONE_MS;
      this.noteAway(error as Error);
      return undefined;
    }
  }

  disconnect(): void {
    this.redis.disconnect();
  }
}
