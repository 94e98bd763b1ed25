import type { Method } from '../../accounts/factors/factors.errors.js';

const METHODS: readonly Method[] = ['totp', 'passkey', 'recovery_code'];

/** The methods that a form names, for what it shows; all of them when it names none. */
export function methodsIn(text = ''): Method[] {
  const named = METHODS.filter((each) => text.split(' ').includes(each));
  return named.length > 0 ? named : [...METHODS];
}
