import type { Table } from 'typeorm';
import { NotMoved } from './move.errors.js';

/** The tables so that each stands after those that its rows refer to. */
export function inOrderOfReference(tables: Table[]): Table[] {
  const names = new Set(tables.map(({ name }) => name));
  const placed = new Set<string>();
  const ordered: Table[] = [];
  while (ordered.length < tables.length) {
    const ready = tables.filter(
      ({ name, foreignKeys }) =>
        !placed.has(name) &&
        foreignKeys.every(({ referencedTableName: to }) => to === name || placed.has(to) || !names.has(to)),
    );
    if (ready.length === 0) {
      const left = tables.filter(({ name }) => !placed.has(name)).map(({ name }) => name);
      throw new NotMoved(`these tables refer to each other in a circle: ${left.join(', ')}`);
    }
    ready.forEach(({ name }) => placed.add(name));
    ordered.push(...ready);
  }
  return ordered;
}
