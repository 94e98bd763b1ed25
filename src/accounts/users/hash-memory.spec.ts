import { describe, expect, it } from 'vitest';
import { HASHES_AT_A_TIME } from './argon2.js';
import { HASH_MEMORY, MAX_MEMORY_OF_ONE, memoryOf, MemoryShares } from './hash-memory.js';
import { hashCheck } from './password-hashes.js';

const MIB = 2 ** 20;
const KEY = 'A'.repeat(43);
const argon2 = (kib: number) => `$argon2id$v=19$m=${kib},t=1,p=1$c2FsdHNhbHRzYWx0$${KEY}`;

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Runs tasks of these sizes in 10 bytes, each until it is let go; what runs, by name. */
function start(sizes: Record<string, number>) {
  const shares = new MemoryShares(10);
  const running = new Map<string, () => void>();
  const done = Object.entries(sizes).map(([name, bytes]) =>
    shares.during(bytes, async () => {
      await new Promise<void>((end) => running.set(name, end));
      running.delete(name);
    }),
  );
  return { done, names: () => [...running.keys()], end: (name: string) => running.get(name)!() };
}

describe('what it takes to check a hash', () => {
  it.each([
    ['our own', '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$AAAA', 19 * MIB],
    ['argon2i of Django', argon2(102_400), 100 * MIB],
    ['scrypt', `$scrypt$ln=17,r=8,p=1$c2FsdA$${KEY}`, 128 * MIB],
    ["Firebase's scrypt", `$firebase-scrypt$ln=14,r=8$c2FsdA$Bw$${KEY}$${KEY}`, 16 * MIB],
    ['bcrypt', `$2b$12$${'a'.repeat(53)}`, 0],
    ['PBKDF2', `$pbkdf2-sha256$i=1000$c2FsdA$${KEY}`, 0],
    ['an unknown kind', '$unheard-of$x', MAX_MEMORY_OF_ONE],
  ])('%s', (_, hash, bytes) => expect(memoryOf(hash)).toBe(bytes));

  it('is no more than a hash may ask for, of those that are taken', () => {
    expect(hashCheck(argon2(MAX_MEMORY_OF_ONE / 1024))).toBeDefined();
    expect(hashCheck(argon2(MAX_MEMORY_OF_ONE / 1024 + 1))).toBeUndefined();
    expect(hashCheck(`$scrypt$ln=17,r=8,p=1$c2FsdA$${KEY}`)).toBeDefined();
    expect(hashCheck(`$scrypt$ln=18,r=8,p=1$c2FsdA$${KEY}`)).toBeUndefined();
  });

  it('leaves room for our own on every core', () => {
    expect(HASHES_AT_A_TIME).toBeLessThanOrEqual(8);
    expect(8 * 19 * MIB).toBeLessThanOrEqual(HASH_MEMORY);
  });
});

describe('shares of memory', () => {
  it('are never more than there is, and go to who came first', async () => {
    const { names, end, done } = start({ small: 4, other: 4, large: 8, late: 1 });
    await settled();
    expect(names()).toEqual(['small', 'other']);
    end('small');
    await settled();
    // There is room for the late one, but the large one would never get any.
    expect(names()).toEqual(['other']);
    end('other');
    await settled();
    expect(names()).toEqual(['large', 'late']);
    ['large', 'late'].forEach(end);
    await Promise.all(done);
  });

  it('are all there is for what asks for more', async () => {
    const { names, end, done } = start({ huge: 99, free: 0, small: 1 });
    await settled();
    expect(names()).toEqual(['huge', 'free']);
    end('huge');
    await settled();
    expect(names()).toEqual(['free', 'small']);
    ['free', 'small'].forEach(end);
    await Promise.all(done);
  });

  it('come back from what fails', async () => {
    const shares = new MemoryShares(10);
    await expect(shares.during(10, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await shares.during(10, async () => 'done')).toBe('done');
  });
});
