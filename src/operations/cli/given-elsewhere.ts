import { readFileSync } from 'node:fs';

/**
 * An argument that may hold a secret, which every user of the machine can read in the list of processes: `env:NAME` stands
 * for a variable of the environment, `file:PATH` for what a file holds, and anything else for itself.
 * @returns `undefined` when there is no such variable or file
 */
export function givenElsewhere(argument: string, env: NodeJS.ProcessEnv): string | undefined {
  const [, where, name] = /^(env|file):(.+)$/s.exec(argument) ?? [];
  if (where === 'env') return env[name!];
  if (where !== 'file') return argument;
  try {
    // Editors end files with a line break, and some begin them with a byte order mark.
    return readFileSync(name!, 'utf8')
      .replace(/^\uFEFF/, '')
      .trim();
  } catch {
    return undefined;
  }
}
