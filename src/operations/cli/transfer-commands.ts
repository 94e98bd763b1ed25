import { Option, type Command } from 'commander';
import type { CommandHandlers } from './command-handlers.js';
import type { ImportOptions } from './transfers.js';

/** The commands that carry users and resources in and out. */
export function transferCommands(program: Command, handlers: CommandHandlers): void {
  addUsersImport(program, handlers);
  addUsersExport(program, handlers);
  addResourcesImport(program, handlers);
  addResourcesExport(program, handlers);
}

function addUsersImport(program: Command, handlers: CommandHandlers): void {
  program
    .command('users:import <file>')
    .description('make accounts from JSON lines; - is standard input. A bad line keeps no good one back')
    .option('--update', 'change who is there already, instead of skipping them')
    .addOption(
      new Option('--format <name>', 'the system whose export it is')
        .choices(['gatehouse', 'auth0', 'firebase', 'keycloak'])
        .default('gatehouse'),
    )
    .option('--hash-config <file>', 'the password hash parameters that the console of Firebase shows')
    .hook('preAction', (command) => {
      const { format, hashConfig } = command.opts<ImportOptions>();
      if (hashConfig !== undefined && format !== 'firebase')
        command.error('error: --hash-config goes with --format firebase, and with no other');
    })
    .action(
      handlers.onApp(async (app, file: string, options: ImportOptions) =>
        (await import('./transfers.js')).usersImport(app, file, options, handlers.context),
      ),
    );
}

function addUsersExport(program: Command, handlers: CommandHandlers): void {
  program
    .command('users:export <file>')
    .description('write all people into a new file of JSON lines; - is standard output')
    .option('--secrets', 'with password hashes, for another system to let them log in as before')
    .action(
      handlers.onApp(async (app, file: string, options: { secrets?: true }) =>
        (await import('./transfers.js')).usersExport(app, file, options, handlers.context),
      ),
    );
}

function addResourcesImport(program: Command, handlers: CommandHandlers): void {
  program
    .command('resources:import <file>')
    .description('register resources from JSON lines; - is standard input')
    .option('--update', 'change what is there already, instead of skipping it')
    .action(
      handlers.onApp(async (app, file: string, options: { update?: true }) =>
        (await import('./transfers.js')).resourcesImport(app, file, options, handlers.context),
      ),
    );
}

function addResourcesExport(program: Command, handlers: CommandHandlers): void {
  program
    .command('resources:export <file>')
    .description('write all resources into a new file of JSON lines; - is standard output')
    .action(
      handlers.onApp(async (app, file: string) =>
        (await import('./transfers.js')).resourcesExport(app, file, handlers.context),
      ),
    );
}
