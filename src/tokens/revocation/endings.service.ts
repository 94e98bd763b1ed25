import type { Ending } from './ending.types.js';

/** The rows of `app.endings.ts`, which provides them: most belong to rooms that those who end them do not know. */
export class Endings {
  constructor(readonly rows: readonly Ending[]) {}
}
