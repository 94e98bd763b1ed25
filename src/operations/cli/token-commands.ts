import { InvalidArgumentError, Option, type Command } from 'commander';
import type { CommandHandlers } from './command-handlers.js';
import type { KeyFormat } from './token-tool.js';

/** Commands that work on tokens as such: no database, no settings, no network. */
export function tokenCommands(program: Command, handlers: CommandHandlers): void {
  addDecode(program, handlers);
  addVerify(program, handlers);
  addSign(program, handlers);
  addKeys(program, handlers);
}

function addDecode(program: Command, { context, report }: CommandHandlers): void {
  program
    .command('token:decode [token]')
    .description('show what a token holds and where it is broken; without one, whatever standard input holds')
    .action(async (token: string | undefined) =>
      report(await (await import('./token-work.js')).decode(token, context)),
    );
}

function addVerify(program: Command, { context, report }: CommandHandlers): void {
  program
    .command('token:verify [token]')
    .description('check the signature and the times of a token, or decrypt it')
    .requiredOption(
      '--key <file>',
      'the keys: PEM, JWK, JWKS, certificate, OpenSSH or a secret; - is standard input',
    )
    .option('--skew <seconds>', 'how far clocks may differ', wholeNumber, 0)
    .action(async (token: string | undefined, options: { key: string; skew: number }) =>
      report(await (await import('./token-work.js')).verify(token, options, context)),
    );
}

function addSign(program: Command, { context, report }: CommandHandlers): void {
  program
    .command('token:sign [claims]')
    .description('sign claims, which are JSON; without them, what standard input holds')
    .requiredOption('--key <file>', 'the private key or the secret; - is standard input')
    .option('--alg <name>', 'the algorithm, where the key does not say it')
    .option('--header <json>', 'more members of the header, such as {"typ":"at+jwt"}')
    .option('--force', 'sign with a secret that is too short or well known, too')
    .action(async (claims: string | undefined, options: { key: string; force?: true }) =>
      report(await (await import('./token-work.js')).sign(claims, options, context)),
    );
}

function addKeys(program: Command, { context, report }: CommandHandlers): void {
  program
    .command('token:keys [file]')
    .description('make a key, or show the keys of a file in another form, with their thumbprints')
    .option('--alg <name>', 'what the new key signs: ES256, RS256, Ed25519, ML-DSA-65, HS256 …')
    .option('--bits <number>', 'the size of a new RSA key', wholeNumber, 2048)
    .addOption(new Option('--format <name>', 'how it is written').choices(['jwk', 'pem']).default('jwk'))
    .action(async (file: string | undefined, options: { alg?: string; bits: number; format: KeyFormat }) =>
      report(await (await import('./token-work.js')).keys(file, options, context)),
    );
}

function wholeNumber(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('it is a whole number.');
  return Number(text);
}
