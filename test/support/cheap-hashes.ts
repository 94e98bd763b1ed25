import { randomBytes } from 'node:crypto';
import { Argon2 } from '../../src/accounts/users/argon2.js';

/** Begins the salt of a cheap hash, 8 characters in base64, so that it is told from others. */
const MARK = Buffer.from('cheap!');
const COSTS = '$m=19456,t=2,p=1$';
const CHEAP = '$m=32,t=1,p=1$';

/**
 * Passwords of the specs are hashed at a thousandth of the cost, and say that they were hashed at the whole: a third of the
 * suite's processor time would go there. Other hashes are checked as they are. Specs of time are run with `TEST_TIMING=1`,
 * which leaves all of it out.
 */
if (process.env['TEST_TIMING'] === undefined && !isCheap(Argon2.prototype.hash)) {
  const { hash, verify } = Argon2.prototype;
  Argon2.prototype.hash = async function cheapHash(password, options) {
    if (options.memoryCost !== 19_456) return hash.call(this, password, options);
    const salt = Buffer.concat([MARK, randomBytes(10)]);
    const text = await hash.call(this, password, { ...options, salt, memoryCost: 32, timeCost: 1 });
    return text.replace(CHEAP, COSTS);
  };
  Argon2.prototype.verify = function cheapVerify(text, password) {
    const isOfSpecs = text.includes(`${COSTS}${MARK.toString('base64')}`);
    return verify.call(this, isOfSpecs ? text.replace(COSTS, CHEAP) : text, password);
  };
}

function isCheap(hash: { name: string }): boolean {
  return hash.name === 'cheapHash';
}
