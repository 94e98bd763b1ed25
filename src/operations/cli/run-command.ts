import { CommanderError } from 'commander';
import { StartupError } from '../../platform/config/startup.error.js';
import { isLocked, isUnavailable, reasonOf } from '../../platform/database/database.errors.js';
import { ValidationFailed } from '../../platform/http/http.errors.js';
import { Problem } from '../../platform/http/problem.js';
import { NotDone } from './cli.errors.js';
import type { CommandContext } from './command-context.js';
import { makeProgram } from './program.js';

/** Runs one command. Gives the exit code: 0 done, 1 not done, 2 not understood. */
export async function runCommand(args: string[], context: CommandContext): Promise<number> {
  let isFailure = false;
  const program = makeProgram(context, (outcome) => (isFailure = outcome.isFailure === true));
  try {
    await program.parseAsync(args, { from: 'user' });
    return isFailure ? 1 : 0;
  } catch (error) {
    // Commander has said what is wrong.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    context.stderr.write(`${linesOf(error).join('\n')}\n`);
    return 1;
  }
}

function linesOf(error: unknown): string[] {
  if (error instanceof StartupError) return error.lines;
  if (error instanceof NotDone) return [error.message];
  if (error instanceof ValidationFailed) return error.errors!.map(({ message }) => message);
  if (error instanceof Problem) return [error.detail];
  if (isLocked(error)) return ['another process holds the database; try again in a moment'];
  if (isUnavailable(error)) return [`the database cannot be used: ${reasonOf(error)}`];
  return [`it failed: ${reasonOf(error)}`];
}
