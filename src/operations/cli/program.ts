import { Command } from 'commander';
import { accountCommands } from './account-commands.js';
import { clientCommands } from './client-commands.js';
import type { CommandContext } from './command-context.js';
import { CommandHandlers } from './command-handlers.js';
import { gatewayCommands } from './gateway-commands.js';
import { textOf, type Outcome } from './outcome.js';
import { serverCommands } from './server-commands.js';
import { tokenCommands } from './token-commands.js';
import { transferCommands } from './transfer-commands.js';

const COMMANDS = [
  accountCommands,
  clientCommands,
  transferCommands,
  gatewayCommands,
  serverCommands,
  tokenCommands,
];

/** All commands. What one does is in a file of its own, loaded when it is called. */
export function makeProgram(context: CommandContext, done: (outcome: Outcome) => void): Command {
  const program = emptyProgram(context);
  const handlers = new CommandHandlers(context, (outcome) => {
    if (!outcome) return;
    context.stdout.write(textOf(outcome, program.opts()['json'] === true));
    done(outcome);
  });
  for (const register of COMMANDS) register(program, handlers);
  return program;
}

function emptyProgram({ stdout, stderr }: CommandContext): Command {
  return new Command('gatehouse')
    .usage('<command>')
    .description(
      'Works on the database directly, for whoever runs the server. Servers may be running meanwhile.',
    )
    .option('--json', 'print results as JSON, for scripts')
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      // A value may be a password that should not have been there.
      outputError: (text, write) => write(text.replace(/(--[\w-]+)=[^]*'/, "$1'")),
    })
    .exitOverride();
}
