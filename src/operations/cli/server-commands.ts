import type { Command } from 'commander';
import type { CommandHandlers } from './command-handlers.js';

/** The commands that are of the server as a whole. */
export function serverCommands(program: Command, handlers: CommandHandlers): void {
  const { context, report } = handlers;
  program
    .command('keys:rotate')
    .description('sign with the next key from now on; live tokens stay good')
    .option('--force', 'though the next key is younger than a minute, and servers may not have seen it')
    .action(
      handlers.onApp(async (app, options: { force?: true }) =>
        (await import('./keys-rotate.js')).keysRotate(app, options),
      ),
    );
  program
    .command('routes')
    .description('print who may call what')
    .action(async () => {
      const lines = (await context.accessMatrix()).trimEnd().split('\n');
      report({ lines, data: lines });
    });
  program
    .command('doctor')
    .description('check settings, database, migrations, clock, keys, mail and Redis; changes nothing')
    .action(async () => report(await (await import('./doctor/doctor.js')).doctor(context.env)));
}
