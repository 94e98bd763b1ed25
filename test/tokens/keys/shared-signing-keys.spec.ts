import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SYSTEM } from '../../../src/platform/access/actor.js';
import { SigningKeysService } from '../../../src/tokens/keys/signing-keys.service.js';
import { startApp, type TestApp } from '../../support/app.js';
import { clock, DAY, MINUTE } from '../../support/clock.js';
import { makeDatabase, type TestDatabase } from '../../support/database.js';
import { lookAgain, type StoredKey } from '../../support/signing-keys.js';
import { GATEHOUSE_SECRET } from '../../support/process.js';
import { KeyRotationService } from '../../../src/tokens/keys/key-rotation.service.js';
import { KeyVault } from '../../../src/tokens/keys/key-vault.service.js';

describe('two nodes on one database', () => {
  let database: TestDatabase;
  let nodes: [TestApp, TestApp];

  beforeEach(async () => {
    clock.stop();
    database = await makeDatabase({ isShared: true });
    const env = {
      DATABASE_URL: database.url,
      GATEHOUSE_SECRET,
    };
    // One after the other, so that only one migrates.
    nodes = [await startApp({ env }), await startApp({ env })];
  });
  afterEach(async () => {
    clock.release();
    for (const node of nodes) await node.close();
    await database.drop();
  });

  // Passport knows one strategy in a process, so the services are asked, and not the servers.
  const services = () => nodes.map(({ nest }) => nest.get(SigningKeysService));
  const rotations = () => nodes.map(({ nest }) => nest.get(KeyRotationService));
  const rows = () => nodes[0].database.query<StoredKey>('SELECT * FROM signing_keys');
  const kids = async (stage: string) =>
    (await rows()).filter((row) => row.stage === stage).map(({ kid }) => kid);

  async function expectAgreement(): Promise<void> {
    for (const node of nodes) await lookAgain(node);
    const [one, other] = services();
    expect(one!.list()).toEqual(other!.list());
    expect(one!.current.kid).toBe(other!.current.kid);
    expect(await kids('current')).toEqual([one!.current.kid]);
    expect(await kids('next')).toHaveLength(1);
  }

  it('share the keys that the first of them made', async () => {
    expect(await rows()).toHaveLength(2);
    await expectAgreement();
  });

  it('make one line of another algorithm, however many ask for it at once', async () => {
    const [one, other] = rotations();
    const asked = await Promise.all([1, 2, 3].map(() => one!.signerFor('ES384')));
    expect(new Set(asked.map(({ kid }) => kid)).size).toBe(1);
    expect((await other!.signerFor('ES384')).kid).toBe(asked[0]!.kid);
    expect(await rows()).toHaveLength(4);
    const made = "SELECT id FROM audit_events WHERE action = 'signing_key.made'";
    expect(await nodes[0].database.query(made)).toHaveLength(4);
  });

  it('make one key when both rotate at once by hand', async () => {
    for (let round = 0; round < 5; round++) {
      clock.forward(2 * MINUTE);
      const before = await rows();
      const outcomes = await Promise.allSettled(rotations().map((each) => each.rotate(SYSTEM)));
      expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
      const known = new Set(before.map(({ kid }) => kid));
      expect((await rows()).filter(({ kid }) => !known.has(kid))).toHaveLength(1);
      await expectAgreement();
    }
  });

  it('make one key when both find at once that it is time', async () => {
    for (let round = 0; round < 5; round++) {
      clock.forward(30 * DAY);
      const [next] = await kids('next');
      await Promise.all(nodes.map(lookAgain));
      expect(await kids('current')).toEqual([next]);
      await expectAgreement();
      expect(await rows()).toHaveLength(3);
    }
  });

  it('make one key when one rotates while the other is deciding', async () => {
    const [early, late] = nodes;
    const owners = {
      run: late.database,
      load: late.nest.get(SigningKeysService),
      make: late.nest.get(KeyVault),
    };
    for (const point of ['run', 'load', 'make'] as const) {
      clock.forward(30 * DAY);
      const [next] = await kids('next');
      const owner = owners[point] as unknown as Record<string, unknown>;
      const own = Object.getOwnPropertyDescriptor(owner, point);
      const original = owner[point] as (...args: unknown[]) => Promise<unknown>;
      let passed = 0;
      owner[point] = async (...args: unknown[]) => {
        passed++;
        const result = await original.apply(owner, args);
        await lookAgain(early);
        return result;
      };
      try {
        await lookAgain(late);
      } finally {
        if (own) Object.defineProperty(owner, point, own);
        else delete owner[point];
      }
      expect(passed, point).toBeGreaterThan(0);
      expect(await kids('current'), point).toEqual([next]);
      expect(await rows(), point).toHaveLength(3);
      await expectAgreement();
    }
  });
});
