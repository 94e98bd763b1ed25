import 'reflect-metadata';
import { loadEnvFile } from './platform/config/env-file.js';
import { runCommand } from './operations/cli/run-command.js';

/** `npm run gatehouse -- <command>`. Ends with 0 when it is done, 1 when it is not, 2 when it was not understood. */
async function main(): Promise<void> {
  // Of who reads only the beginning: no reason to end in the middle of a change.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  loadEnvFile(process.env);
  const code = await runCommand(process.argv.slice(2), {
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    open: async () => (await import('./app.command.js')).openApp(process.env),
    accessMatrix: async () => (await import('./app.command.js')).readAccessMatrix(),
  });
  // What still holds a connection open, such as a mail server that does not answer, has had its time.
  process.stdout.write('', () => process.exit(code));
}

main().catch((error: unknown) => {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(1);
});
