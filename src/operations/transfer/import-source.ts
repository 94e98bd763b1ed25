import { NothingUsable } from './transfer.errors.js';

/** Rights, and whether the server is about to stop, are looked at so often, even when nothing comes. */
const LOOK_EVERY_MS = 1_000;
const MAX_BYTES_WITHOUT_GOOD_LINE = 64 * 1024 * 1024;

/** What an import reads, for as long as it may: neither silence nor rubbish keeps it going when it is to end. */
export class ImportSource implements AsyncIterable<Uint8Array> {
  private bytesWithoutGoodLine = 0;

  /** `mayGoOn` throws when it is to end. */
  constructor(
    private readonly source: AsyncIterable<Uint8Array>,
    private readonly mayGoOn: () => Promise<unknown>,
  ) {}

  noteGoodLine(): void {
    this.bytesWithoutGoodLine = 0;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const chunks = this.source[Symbol.asyncIterator]();
    try {
      let lookedAt = performance.now();
      for (let next = chunks.next(); ; next = chunks.next()) {
        let result: IteratorResult<Uint8Array> | undefined;
        while (!result) {
          result = await withinOneLook(next);
          if (result && performance.now() - lookedAt < LOOK_EVERY_MS) continue;
          await this.mayGoOn();
          lookedAt = performance.now();
        }
        if (result.done) return;
        this.bytesWithoutGoodLine += result.value.length;
        if (this.bytesWithoutGoodLine > MAX_BYTES_WITHOUT_GOOD_LINE)
          throw new NothingUsable(MAX_BYTES_WITHOUT_GOOD_LINE);
        yield result.value;
      }
    } finally {
      // Not waited for: it comes back only with the chunk that may never come.
      void chunks.return?.().catch(() => {});
    }
  }
}

/** `undefined` when it takes longer. */
async function withinOneLook<T>(promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, LOOK_EVERY_MS, undefined);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
