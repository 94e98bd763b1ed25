import type { INestApplicationContext } from '@nestjs/common';
import { readFile, stat } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { ConfigurationExport } from '../../apis/configuration/configuration-export.service.js';
import { ConfigurationService } from '../../apis/configuration/configuration.service.js';
import { OPERATOR } from '../../platform/access/actor.js';
import { MOST_DOCUMENT, readDocument } from '../../platform/http/document-text.js';
import { ValidationFailed } from '../../platform/http/http.errors.js';
import { NotDone } from './cli.errors.js';
import type { CommandContext } from './command-context.js';
import { exportFile } from './export-file.js';
import { counted, type Outcome } from './outcome.js';
import { serviceOf } from './service-of.js';

export interface ApplyOptions {
  dryRun?: true;
}

/** Writes what stands behind the gateway, without ids and secrets, for a repository to hold. @throws NotDone */
export async function gatewayExport(
  app: INestApplicationContext,
  file: string,
  { as }: { as: string },
  context: CommandContext,
): Promise<Outcome | void> {
  if (!['yaml', 'json'].includes(as)) throw new NotDone('--as is yaml or json');
  const document = await serviceOf(app, ConfigurationExport, 'gateway').document();
  const written =
    as === 'json' ? `${JSON.stringify(document, null, 2)}\n` : (await import('yaml')).stringify(document);
  const pieces = async function* () {
    yield written;
  };
  return exportFile(file, context, pieces(), written.split('\n').length - 1);
}

/** Makes the gateway what a file says, or says what would change. @throws NotDone, ValidationFailed */
export async function gatewayApply(
  app: INestApplicationContext,
  file: string,
  { dryRun }: ApplyOptions,
  { stdin }: Pick<CommandContext, 'stdin'>,
): Promise<Outcome> {
  const configuration = serviceOf(app, ConfigurationService, 'gateway');
  const steps = await placed(async () =>
    configuration.plan(await readDocument(await textIn(file, stdin)), OPERATOR),
  );
  const changes = steps.map(({ text: said }) => said).filter((said) => said !== '');
  const seq = dryRun ? undefined : await configuration.apply(steps, 'applied from a file', OPERATOR);
  const what =
    steps.length === 0
      ? 'nothing to change'
      : dryRun
        ? `${counted(changes.length, 'change')}, none of them made`
        : `${counted(changes.length, 'change')} made, served as revision ${seq}`;
  return { lines: [...changes, what], data: { changes, revision: seq ?? null } };
}

/** Says of each error where in the file it is. */
async function placed<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ValidationFailed)) throw error;
    throw new NotDone(error.errors!.map(({ field, message }) => `${field}: ${message}`).join('\n'));
  }
}

async function textIn(file: string, stdin: NodeJS.ReadableStream): Promise<string> {
  if (file === '-') return text(stdin as AsyncIterable<Uint8Array>);
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) throw new NotDone(`there is no file ${file}`);
  if (found.size > MOST_DOCUMENT) throw new NotDone(`${file} is longer than ${MOST_DOCUMENT} bytes`);
  return readFile(file, 'utf8');
}
