import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import type { Person } from './sign-in.js';

const NEXT_CODE_MS = 31_000;
const { base, ...person } = JSON.parse(readFileSync('generated/person.json', 'utf8')) as Person & {
  base: string;
};

for (const name of ['with-openapi-fetch', 'with-hey-api', 'with-orval']) {
  // A code works once.
  await setTimeout(NEXT_CODE_MS);
  const { signIn } = (await import(`./${name}.js`)) as typeof import('./with-orval.js');
  const email = await signIn(base, person);
  if (email !== person.email) throw new Error(`${name} read ${email}`);
  process.stdout.write(`${name} signed in with a second factor\n`);
}
