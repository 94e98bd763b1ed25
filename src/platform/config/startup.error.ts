/** The server cannot start. `main.ts` prints each line and exits with code 1, without a stack trace. */
export class StartupError extends Error {
  constructor(
    readonly lines: string[],
    options?: ErrorOptions,
  ) {
    super(lines.join('\n'), options);
  }
}
