import { type FirebaseHashing } from '../transfer/transfer.types.js';
import { readFile } from 'node:fs/promises';

import { NotDone } from './cli.errors.js';

/**
 * Reads the hash parameters of a Firebase project, as its console shows them: `hash_config { algorithm: SCRYPT, … }`.
 * From a file, for the signer key is a secret that the list of processes would show.
 * @throws NotDone
 */
export async function readHashConfig(file: string): Promise<FirebaseHashing> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new NotDone(`there is no file ${file}`);
  });
  const valueOf = (name: string) => new RegExp(`"?${name}"?\\s*[:=]\\s*"?([\\w+/=-]+)`).exec(text)?.[1];
  const signerKey = valueOf('base64_signer_key');
  const [rounds, memoryCost] = [Number(valueOf('rounds')), Number(valueOf('mem_cost'))];
  if (valueOf('algorithm') !== 'SCRYPT' || !signerKey || !rounds || !memoryCost)
    throw new NotDone(
      `${file} must hold the password hash parameters that the console of Firebase shows: algorithm: SCRYPT, ` +
        'base64_signer_key, base64_salt_separator, rounds and mem_cost',
    );
  return { signerKey, saltSeparator: valueOf('base64_salt_separator') ?? '', rounds, memoryCost };
}
