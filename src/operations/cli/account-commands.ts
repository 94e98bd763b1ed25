import type { Command } from 'commander';
import type { CommandHandlers } from './command-handlers.js';
import type { RevokeOptions } from './sessions-revoke.js';
import type { CreateOptions } from './users-create.js';
import type { ResetOptions } from './users-reset-password.js';

const PASSWORD_STDIN = [
  '--password-stdin',
  'read it from standard input; a random one is printed once otherwise',
] as const;

/** The commands that work on one account. */
export function accountCommands(program: Command, handlers: CommandHandlers): void {
  addUsersCreate(program, handlers);
  addUsersResetPassword(program, handlers);
  addRolesAssign(program, handlers);
  addSessionsRevoke(program, handlers);
}

function addUsersCreate(program: Command, handlers: CommandHandlers): void {
  program
    .command('users:create')
    .description('make an account whose address counts as proved')
    .requiredOption('--email <address>', 'what they sign in with')
    .option('--name <name>', 'what they are called')
    .option(
      '--role <name>',
      'a role beside user; may be given more than once',
      (name, names: string[] = []) => [...names, name],
    )
    .option(...PASSWORD_STDIN)
    .action(
      handlers.onApp(async (app, options: CreateOptions) =>
        (await import('./users-create.js')).usersCreate(app, options, handlers.context.stdin),
      ),
    );
}

function addUsersResetPassword(program: Command, handlers: CommandHandlers): void {
  program
    .command('users:reset-password <email>')
    .description('give somebody a new password and end their sessions; API keys stay')
    .option(...PASSWORD_STDIN)
    .option('--remove-factors', 'take their second factors away, for who has lost them')
    .action(
      handlers.onApp(async (app, email: string, options: ResetOptions) =>
        (await import('./users-reset-password.js')).usersResetPassword(
          app,
          email,
          options,
          handlers.context.stdin,
        ),
      ),
    );
}

function addRolesAssign(program: Command, handlers: CommandHandlers): void {
  program
    .command('roles:assign <email> <role...>')
    .description('give somebody exactly these roles; their access tokens end, a refresh gives new ones')
    .action(
      handlers.onApp(async (app, email: string, roles: string[]) =>
        (await import('./roles-assign.js')).rolesAssign(app, email, roles),
      ),
    );
}

function addSessionsRevoke(program: Command, handlers: CommandHandlers): void {
  program
    .command('sessions:revoke [email]')
    .description('end sessions with their access tokens; API keys stay')
    .option('--session <id>', 'one of them, as the audit trail and `sid` of access tokens name it')
    .option('--all', "everybody's")
    .hook('preAction', (command) => {
      const { session, all } = command.opts<RevokeOptions>();
      if ([command.args[0], session, all].filter(Boolean).length !== 1)
        command.error('error: give an e-mail address, --session or --all, and one of them');
    })
    .action(
      handlers.onApp(async (app, email: string | undefined, options: RevokeOptions) =>
        (await import('./sessions-revoke.js')).sessionsRevoke(app, email, options),
      ),
    );
}
