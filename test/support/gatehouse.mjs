// Runs commands of the command line for a spec, one after the other, in a process that is loaded once.
import 'reflect-metadata';
import { Readable, Writable } from 'node:stream';
import { openApp, readAccessMatrix } from '../../dist/app.command.js';
import { runCommand } from '../../dist/operations/cli/run-command.js';

process.on('message', async ({ id, args, input, env }) => {
  const said = { out: '', err: '' };
  const into = (name) =>
    new Writable({
      write(chunk, _encoding, done) {
        said[name] += String(chunk);
        done();
      },
    });
  const context = {
    env,
    stdin: Readable.from([Buffer.from(input, 'base64')]),
    stdout: into('out'),
    stderr: into('err'),
    open: () => openApp(env),
    accessMatrix: readAccessMatrix,
  };
  process.send({ id, code: await runCommand(args, context), ...said });
});
