import type { UsersTransferService } from '../transfer/users-transfer.service.js';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { progressOn, type Progress } from '../../platform/database/progress.js';

import { NotDone } from './cli.errors.js';
import { counted, type Outcome } from './outcome.js';
import type { CommandContext } from './command-context.js';

type ImportSummary = Awaited<ReturnType<UsersTransferService['import']>>;

/** Bad lines that a terminal shows, on which the summary is still to be seen. */
const SHOWN_ON_TERMINAL = 20;

/**
 * Reads a file or a pipe, or with `-` standard input, in pieces, for `take` to import. Shows how far it is on a terminal.
 * @throws NotDone
 */
export async function importFile(
  file: string,
  { stdin, stdout, stderr }: Pick<CommandContext, 'stdin' | 'stdout' | 'stderr'>,
  take: (source: AsyncIterable<Uint8Array>) => Promise<ImportSummary>,
): Promise<Outcome> {
  const shown = stdout.isTTY ? SHOWN_ON_TERMINAL : Infinity;
  if (file === '-') return outcomeOf(await take(stdin as AsyncIterable<Uint8Array>), shown);
  const found = await stat(file).catch(() => undefined);
  if (!found) throw new NotDone(`there is no file ${file}`);
  if (found.isDirectory()) throw new NotDone(`${file} is not a file`);
  // How much comes out of a pipe is not known.
  const progress = found.isFile() ? progressOn(stderr, 'importing', found.size, 'bytes') : undefined;
  try {
    return outcomeOf(await take(counting(createReadStream(file), progress)), shown);
  } finally {
    progress?.end();
  }
}

async function* counting(source: AsyncIterable<Uint8Array>, progress: Progress | undefined) {
  for await (const chunk of source) {
    yield chunk;
    progress?.add(chunk.length);
  }
}

function outcomeOf(summary: ImportSummary, shown: number): Outcome {
  const { created, updated, skipped, failed, errors } = summary;
  const said = errors.slice(0, shown);
  const unsaid = failed - said.length;
  return {
    lines: [
      `${created} created, ${updated} updated, ${skipped} skipped, ${failed} failed`,
      ...said.map(({ line, code, message }) => `line ${line}: ${code}: ${message}`),
      ...(unsaid > 0 ? [`and ${counted(unsaid, 'more line')}`] : []),
    ],
    data: summary,
    isFailure: failed > 0,
  };
}
