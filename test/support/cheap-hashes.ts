import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';
import { Argon2 } from '../../src/accounts/users/argon2.js';

/** Begins the salt of a cheap hash, 8 characters in base64, so that it is told from others. */
const MARK = Buffer.from('cheap!');
const MARKED = MARK.toString('base64');
const COSTS = '$m=19456,t=2,p=1$';
const CHEAP = '$m=32,t=1,p=1$';
const WHOLE = 'TEST_WHOLE_HASHES';

/**
 * Passwords of the specs are hashed at a thousandth of the cost, and say that they were hashed at the whole: a third of the
 * suite's processor time would go there. Other hashes are checked as they are. Specs of time are run with `TEST_TIMING=1`,
 * which leaves all of it out, as {@link useWholeCosts} does.
 */
if (!isCheap(Argon2.prototype.hash)) {
  const { hash, verify } = Argon2.prototype;
  Argon2.prototype.hash = async function cheapHash(password, options) {
    if (!isOn() || options.memoryCost !== 19_456) return hash.call(this, password, options);
    const salt = Buffer.concat([MARK, randomBytes(10)]);
    const text = await hash.call(this, password, { ...options, salt, memoryCost: 32, timeCost: 1 });
    return text.replace(CHEAP, COSTS);
  };
  Argon2.prototype.verify = function cheapVerify(text, password) {
    const isOfSpecs = text.includes(COSTS + MARKED);
    return verify.call(this, isOfSpecs ? text.replace(COSTS, CHEAP) : text, password);
  };
}

/** For specs in which hashes must take long. Before an application is started. */
export function useWholeCosts(): void {
  beforeAll(() => void (process.env[WHOLE] = '1'));
  afterAll(() => void delete process.env[WHOLE]);
}

/** The same hash with a salt of the specs': for the hash of nobody, which must take as long as those of people. */
export function asCheap(text: string): string {
  const salt = text.indexOf(COSTS) + COSTS.length;
  return isOn() ? text.slice(0, salt) + MARKED + text.slice(salt + MARKED.length) : text;
}

function isOn(): boolean {
  return process.env['TEST_TIMING'] === undefined && process.env[WHOLE] === undefined;
}

function isCheap(hash: { name: string }): boolean {
  return hash.name === 'cheapHash';
}
