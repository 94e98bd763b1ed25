import { createWriteStream, existsSync, statSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { progressOn } from '../../platform/database/progress.js';
import { NotDone } from './cli.errors.js';
import { counted, type Outcome } from './outcome.js';
import type { CommandContext } from './command-context.js';

/**
 * Writes lines into a new file that is for its owner alone and has its name once it is whole, or with `-` to standard
 * output.
 * @param total how many lines there will be, shown to an operator at a terminal
 * @throws NotDone
 */
export async function exportFile(
  file: string,
  { stdout, stderr }: Pick<CommandContext, 'stdout' | 'stderr'>,
  pieces: AsyncIterable<string>,
  total: number,
): Promise<Outcome | void> {
  if (file === '-') return pipeline(Readable.from(pieces), stdout, { end: false });
  const folder = dirname(file);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new NotDone(`there is no folder ${folder}`);
  const partial = `${file}.partial`;
  for (const each of [file, partial]) {
    if (existsSync(each)) throw new NotDone(`there is a file ${each} already`);
  }
  const progress = progressOn(stderr, 'exporting', total, 'lines');
  let lines = 0;
  const counting = async function* () {
    for await (const piece of pieces) {
      const added = piece.split('\n').length - 1;
      lines += added;
      progress?.add(added);
      yield piece;
    }
  };
  const target = createWriteStream(partial, { flags: 'wx', mode: 0o600 });
  try {
    await pipeline(Readable.from(counting()), target);
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  } finally {
    progress?.end();
  }
  return { lines: [`${counted(lines, 'line')} in ${file}`], data: { lines, file } };
}
