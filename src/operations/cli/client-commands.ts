import type { Command } from 'commander';
import type { CommandHandlers } from './command-handlers.js';
import type { ClientOptions } from './clients.js';

const repeated = (value: string, values: string[] = []) => [...values, value];

/** The commands that work on the applications that sign people in here. */
export function clientCommands(program: Command, handlers: CommandHandlers): void {
  addClientsCreate(program, handlers);
  program
    .command('clients:list')
    .description('list the applications that sign people in here')
    .action(handlers.onApp(async (app) => (await import('./clients.js')).clientsList(app)));
  program
    .command('clients:secret <client-id>')
    .description('give an application a second secret, to replace the first without an interruption')
    .option('--expire-previous <duration>', 'how long the one before goes on working; for ever without it')
    .action(
      handlers.onApp(async (app, clientId: string, options: { expirePrevious?: string }) =>
        (await import('./clients.js')).clientsSecret(app, clientId, options),
      ),
    );
  addSwitch(
    program,
    handlers,
    'disable',
    'disabled',
    'take an application out of use, with its sessions and tokens',
  );
  addSwitch(program, handlers, 'enable', 'active', 'let an application in again');
}

function addClientsCreate(program: Command, handlers: CommandHandlers): void {
  program
    .command('clients:create')
    .description('register an application; its secret is printed once')
    .requiredOption('--name <name>', 'what people are shown')
    .option('--redirect-uri <uri>', 'where it gets its answers; may be given more than once', repeated)
    .option('--post-logout-redirect-uri <uri>', 'where a sign-out may lead', repeated)
    .option(
      '--grant <type>',
      'authorization_code and refresh_token unless given; also client_credentials, device_code',
      repeated,
    )
    .option('--native', 'a public client: on a phone, on the command line, in a page')
    .option('--first-party', 'of your own: nobody is asked for consent')
    .action(
      handlers.onApp(async (app, options: ClientOptions) =>
        (await import('./clients.js')).clientsCreate(app, options),
      ),
    );
}

function addSwitch(
  program: Command,
  handlers: CommandHandlers,
  verb: string,
  status: 'active' | 'disabled',
  description: string,
): void {
  program
    .command(`clients:${verb} <client-id>`)
    .description(description)
    .action(
      handlers.onApp(async (app, clientId: string) =>
        (await import('./clients.js')).clientsSwitch(app, clientId, status),
      ),
    );
}
