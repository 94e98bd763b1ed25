import type { Command } from 'commander';
import type { CommandHandlers } from './command-handlers.js';
import type { ApplyOptions } from './gateway.js';

/** The commands that carry the configuration of the gateway out and in. */
export function gatewayCommands(program: Command, handlers: CommandHandlers): void {
  program
    .command('gateway:export <file>')
    .description('write upstreams, APIs, versions and routes into a new file; - is standard output')
    .option('--as <format>', 'yaml or json', 'yaml')
    .action(
      handlers.onApp(async (app, file: string, options: { as: string }) =>
        (await import('./gateway.js')).gatewayExport(app, file, options, handlers.context),
      ),
    );
  program
    .command('gateway:apply <file>')
    .description('make the gateway what a file says, and publish it; - is standard input')
    .option('--dry-run', 'say what would change, and change nothing')
    .action(
      handlers.onApp(async (app, file: string, options: ApplyOptions) =>
        (await import('./gateway.js')).gatewayApply(app, file, options, handlers.context),
      ),
    );
}
