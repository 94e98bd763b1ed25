import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { givenElsewhere } from './given-elsewhere.js';

const URL_WITH_SECRET = 'postgres://ada:hunter2@db/gatehouse';

describe('an argument that may hold a secret', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-given-'));
  beforeAll(() => writeFileSync(join(folder, 'url'), `\uFEFF${URL_WITH_SECRET}\r\n`));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ['itself', URL_WITH_SECRET, URL_WITH_SECRET],
    ['a path of SQLite', 'sqlite:./env:x.db', 'sqlite:./env:x.db'],
    ['a variable', 'env:FROM_URL', URL_WITH_SECRET],
    ['a variable that is not there', 'env:OTHER', undefined],
    ['a file, without what editors add', `file:${folder}/url`, URL_WITH_SECRET],
    ['a file that is not there', `file:${folder}/other`, undefined],
    ['a folder', `file:${folder}`, undefined],
  ])('is %s', (_, argument, expected) => {
    expect(givenElsewhere(argument, { FROM_URL: URL_WITH_SECRET })).toBe(expected);
  });
});
