/** Where the value of a setting comes from; `file` is its path, of the environment's own or the secret's. */
export type Origin = { source: 'variable' | 'default'; file: null } | { source: 'file'; file: string };

const DEFAULT: Origin = { source: 'default', file: null };

/** What came from a file, by the environment that it was added to. */
const added = new WeakMap<object, Map<string, string>>();
/** By the settings that were made. */
const origins = new WeakMap<object, ReadonlyMap<string, Origin>>();

/** Notes that a name of an environment was added by a file. */
export function noteFile(env: object, name: string, path: string): void {
  const names = added.get(env) ?? new Map<string, string>();
  added.set(env, names.set(name, path));
}

/** Notes where settings have come from that were made of an environment: those `given`, and the secret's own file. */
export function noteOrigins(settings: object, env: object, given: string[], secretFile?: string): void {
  const files = added.get(env);
  const found = given.map((name): [string, Origin] => {
    const file = files?.get(name);
    return [name, file === undefined ? { source: 'variable', file: null } : { source: 'file', file }];
  });
  if (secretFile !== undefined) found.push(['GATEHOUSE_SECRET', { source: 'file', file: secretFile }]);
  origins.set(settings, new Map(found));
}

/** Where the value of a setting has come from. */
export function originOf(settings: object, name: string): Origin {
  return origins.get(settings)?.get(name) ?? DEFAULT;
}
