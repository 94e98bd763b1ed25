import 'reflect-metadata';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { givenElsewhere } from './given-elsewhere.js';
import { DATABASE_URL_RULE, isDatabaseUrl, withoutCredentials } from '../../platform/config/database-url.js';
import type { Move } from '../../platform/database/move/move.js';

const USAGE = `Usage: npm run db:move -- --from <database> --to <database> [--replace] [--force]

Copies everything from one database into another and checks what has arrived. Stop the servers first:
it is refused while one runs on either.

  --from, --to   ${DATABASE_URL_RULE}
                 or env:NAME for a variable, file:PATH for a file that holds it: arguments can be read by everybody here
  --force        also while servers run; says what the copy misses then
  --replace      whatever of Gatehouse is in the target may go; otherwise it must be empty
`;

/** `npm run db:move`. Ends with 0 when all was moved, 1 when nothing was, 2 when the command was not understood. */
async function main(): Promise<number> {
  const given = readArguments();
  if (given === 'help') return say(USAGE, 0);
  if (typeof given === 'string') return complain(`${given}\n\n${USAGE}`, 2);
  // Loaded now, so that a mistake is said at once.
  const { missedBy, move } = await import('../../platform/database/move/move.js');
  const { NotMoved } = await import('../../platform/database/move/move.errors.js');
  const { Progress } = await import('../../platform/database/progress.js');
  const progress = new Progress(process.stdout);
  try {
    const task = { ...given, entities: [join(import.meta.dirname, '../..', '**/*.entity.js')] };
    const missed = task.isForced ? await missedBy(task) : undefined;
    if (missed) complain(missed, 0);
    const moved = await move(task, progress);
    progress.end();
    const lines = [...moved].map(([{ name }, sum]) => `  ${name.padEnd(24)} ${String(sum)}`);
    return say(
      `Moved to ${withoutCredentials(given.to)}, counts and checksums agree:\n${lines.join('\n')}\n`,
      0,
    );
  } catch (error) {
    progress.end();
    const reason = (error as Error).message;
    return complain(error instanceof NotMoved ? reason : `the move failed: ${reason}`, 1);
  }
}

/** What was asked for, `help`, or what is wrong with it. Nothing that was given is said again: it may hold a password. */
function readArguments(): Omit<Move, 'entities'> | string {
  const options = {
    from: { type: 'string' },
    to: { type: 'string' },
    replace: { type: 'boolean', default: false },
    force: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  } as const;
  try {
    const { from, to, replace, force, help } = parseArgs({ options }).values;
    if (help) return 'help';
    if (from === undefined || to === undefined) return '--from and --to are needed';
    const [source, target] = [from, to].map((each) => givenElsewhere(each, process.env) ?? '') as [
      string,
      string,
    ];
    const wrong = [!isDatabaseUrl(source) && '--from', !isDatabaseUrl(target) && '--to'].filter(Boolean);
    if (wrong.length > 0) return `${wrong.join(' and ')} cannot be understood`;
    return { from: source, to: target, isReplacing: replace, isForced: force };
  } catch {
    return 'only --from, --to, --replace, --force and --help are known';
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
