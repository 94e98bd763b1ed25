import type { INestApplicationContext } from '@nestjs/common';

/** What a command is given; the application is opened when it is needed, so that help and mistakes need nothing. */
export interface CommandContext {
  env: NodeJS.ProcessEnv;
  stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  /** For results and nothing else. */
  stdout: NodeJS.WritableStream & { isTTY?: boolean };
  stderr: NodeJS.WritableStream;
  open: () => Promise<INestApplicationContext>;
  accessMatrix: () => Promise<string>;
}
