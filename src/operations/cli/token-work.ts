import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { NotDone } from './cli.errors.js';
import type { CommandContext } from './command-context.js';
import type { Outcome } from './outcome.js';
import { loadTokenTool, type KeyFormat, type SignOptions } from './token-tool.js';

type Input = Pick<CommandContext, 'stdin'>;

/** The token is an argument, or all that is on standard input. */
export async function decode(token: string | undefined, { stdin }: Input): Promise<Outcome> {
  const tool = await loadTokenTool();
  return tool.decodeTokens(token ?? (await text(stdin)));
}

/** @throws NotDone when token and key would both come from standard input, or there is no such file */
export async function verify(
  token: string | undefined,
  { key, skew }: { key: string; skew: number },
  { stdin }: Input,
): Promise<Outcome> {
  const tool = await loadTokenTool();
  const keys = await keyText(key, token, stdin);
  return tool.verifyTokens(token ?? (await text(stdin)), keys, { skewS: skew });
}

/** @throws NotDone as {@link verify}, and when the key cannot sign that */
export async function sign(
  claims: string | undefined,
  { key, alg, header, force }: { key: string; alg?: string; header?: string; force?: true },
  { stdin }: Input,
): Promise<Outcome> {
  const tool = await loadTokenTool();
  const signingKey = await keyText(key, claims, stdin);
  const options: SignOptions = {
    ...(alg !== undefined && { alg }),
    ...(header !== undefined && { header }),
    isInsisting: force === true,
  };
  const payload = claims ?? (await text(stdin));
  return orNotDone(() => tool.signClaims(payload, signingKey, options));
}

/** A new key for `alg`, or else the keys of a file. @throws NotDone */
export async function keys(
  file: string | undefined,
  { alg, bits, format }: { alg?: string; bits: number; format: KeyFormat },
  { stdin }: Input,
): Promise<Outcome> {
  const tool = await loadTokenTool();
  if (alg !== undefined) return orNotDone(() => tool.makeKey(alg, format, bits));
  if (file === undefined) throw new NotDone('name a file with keys, or say what to make one for with --alg');
  return tool.convertKeys(await keyText(file, '', stdin), format);
}

/** A key is never an argument, which every user of the machine can read in the list of processes. */
async function keyText(file: string, other: string | undefined, stdin: Input['stdin']): Promise<string> {
  if (file === '-') {
    if (other === undefined)
      throw new NotDone('standard input is the key, so the rest has to be an argument');
    return text(stdin);
  }
  try {
    return await readFile(file, 'utf8');
  } catch {
    throw new NotDone(`there is no file ${file} that can be read`);
  }
}

/** What the tool refuses is for the caller to mend. */
async function orNotDone(work: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await work();
  } catch (error) {
    throw new NotDone((error as Error).message);
  }
}
