import { Table } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { inOrderOfReference } from './table-order.js';

const table = (name: string, ...references: string[]) =>
  new Table({
    name,
    foreignKeys: references.map((to) => ({
      columnNames: [`${to}_id`],
      referencedTableName: to,
      referencedColumnNames: ['id'],
    })),
  });
const names = (tables: Table[]) => inOrderOfReference(tables).map(({ name }) => name);

describe('the order in which tables are filled', () => {
  it('has each after those that it refers to', () => {
    const tables = [table('c', 'b', 'a'), table('b', 'a'), table('d'), table('a')];
    expect(names(tables)).toEqual(['d', 'a', 'b', 'c']);
  });

  it('does not mind a table that refers to itself, or to one that is not moved', () => {
    expect(names([table('tree', 'tree'), table('guest', 'elsewhere')])).toEqual(['tree', 'guest']);
  });

  it('says so when there is none', () => {
    expect(() => names([table('a', 'b'), table('b', 'a'), table('c')])).toThrow('in a circle: a, b');
  });
});
