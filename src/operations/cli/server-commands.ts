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
    .command('mail:preview [letter]')
    .description('print a letter as it is sent, with examples in it; without a name, which there are')
    .option('--html', 'as HTML')
    .option('--locale <tag>', 'the language, such as de', 'en')
    .action(
      handlers.onApp(async (app, letter: string | undefined, options: { html?: boolean; locale: string }) =>
        (await import('./mail-preview.js')).mailPreview(app, letter, options),
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
    .description('check settings, database, migrations, clock, keys, mail, Redis and issuer; changes nothing')
    .action(async () => report(await (await import('./doctor/doctor.js')).doctor(context.env)));
}
