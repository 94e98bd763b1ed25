import 'reflect-metadata';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DATABASE_URL_RULE, isDatabaseUrl, withoutCredentials } from './config/database-url.js';

const USAGE = `Usage: npm run db:move -- --from <database> --to <database> [--replace]

Copies everything from one database into another and checks what has arrived. Stop the servers first.

  --from, --to   ${DATABASE_URL_RULE}
  --replace      whatever of Gatehouse is in the target may go; otherwise it must be empty
`;

/** `npm run db:move`. Ends with 0 when all was moved, 1 when nothing was, 2 when the command was not understood. */
async function main(): Promise<number> {
  const given = readArguments();
  if (given === 'help') return say(USAGE, 0);
  if (typeof given === 'string') return complain(`${given}\n\n${USAGE}`, 2);
  const { from, to, replace } = given;
  // Loaded now, so that a mistake is said at once.
  const { move } = await import('./database/move/move.js');
  const { NotMoved } = await import('./database/move/move.errors.js');
  const { Progress } = await import('./database/progress.js');
  const progress = new Progress(process.stdout);
  try {
    const moved = await move(
      { from, to, entities: [join(import.meta.dirname, '**/*.entity.js')], isReplacing: replace },
      progress,
    );
    progress.end();
    const lines = [...moved].map(([{ name }, sum]) => `  ${name.padEnd(24)} ${String(sum)}`);
    return say(`Moved to ${withoutCredentials(to)}, counts and checksums agree:\n${lines.join('\n')}\n`, 0);
  } catch (error) {
    progress.end();
    const reason = (error as Error).message;
    return complain(error instanceof NotMoved ? reason : `the move failed: ${reason}`, 1);
  }
}

/** What was asked for, `help`, or what is wrong with it. Nothing that was given is said again: it may hold a password. */
function readArguments(): { from: string; to: string; replace: boolean } | string {
  const options = {
    from: { type: 'string' },
    to: { type: 'string' },
    replace: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  } as const;
  try {
    const { from, to, replace, help } = parseArgs({ options }).values;
    if (help) return 'help';
    if (from === undefined || to === undefined) return '--from and --to are needed';
    const wrong = [!isDatabaseUrl(from) && '--from', !isDatabaseUrl(to) && '--to'].filter(Boolean);
    if (wrong.length > 0) return `${wrong.join(' and ')} cannot be understood`;
    return { from, to, replace };
  } catch {
    return 'only --from, --to, --replace and --help are known';
  }
}

function say(text: string, code: number): number {
  process.stdout.write(text);
  return code;
}

function complain(text: string, code: number): number {
  process.stderr.write(`${text}\n`);
  return code;
}

process.exitCode = await main();
