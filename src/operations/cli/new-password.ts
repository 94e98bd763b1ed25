import { randomPassword } from '../../accounts/users/passwords.service.js';
import { NotDone } from './cli.errors.js';
import type { CommandContext } from './command-context.js';

/** Longer than any password may be. */
const MAX_BYTES = 16 * 1024;

/** A new password. Never an argument, because every user of the machine can see those. */
export interface NewPassword {
  password: string;
  isGenerated: boolean;
}

/** One from standard input, or a random one of 120 bits. @throws NotDone */
export async function newPassword(
  isFromStdin: boolean,
  stdin: CommandContext['stdin'],
): Promise<NewPassword> {
  if (!isFromStdin) return { password: randomPassword(), isGenerated: true };
  if (stdin.isTTY)
    throw new NotDone('--password-stdin reads a pipe or a file, for what is typed here can be seen');
  return { password: await readLine(stdin), isGenerated: false };
}

/** All there is, but for the end of the one line. */
async function readLine(stdin: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stdin) {
    chunks.push(Buffer.from(chunk));
    length += chunk.length;
    if (length > MAX_BYTES) throw new NotDone('standard input is longer than any password may be');
  }
  const line = decode(Buffer.concat(chunks)).replace(/\r?\n$/, '');
  if (line === '') throw new NotDone('there is no password on standard input');
  if (/[\r\n]/.test(line)) throw new NotDone('standard input holds more than one line');
  return line;
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new NotDone('the password on standard input is not UTF-8');
  }
}
