import { Column, PrimaryColumn, type ColumnOptions, type ValueTransformer } from 'typeorm';

/** Milliseconds since 1970 in a `bigint`: the one time type that SQLite and PostgreSQL store and compare alike. */
const milliseconds: ValueTransformer = {
  to: (time: Date | null | undefined) => time?.getTime() ?? time,
  from: (stored: string | number | null) => (stored === null ? null : new Date(Number(stored))),
};

/** PostgreSQL hands a `bigint` out as text. */
const integer: ValueTransformer = {
  to: (value: number) => value,
  from: (stored: string | number) => Number(stored),
};

/** A primary key that holds a UUIDv7. */
export const IdColumn = () => PrimaryColumn('varchar', { length: 36 });

/** A column that refers to a row by its UUID; the foreign key stands in the migration. */
export const ReferenceColumn = (options: ColumnOptions = {}) => Column('varchar', { length: 36, ...options });

/** A point in time, a `Date` in code. */
export const TimeColumn = (options: ColumnOptions = {}) =>
  Column('bigint', { transformer: milliseconds, ...options });

/** A whole number that may exceed 32 bits. */
export const CounterColumn = () => Column('bigint', { transformer: integer, default: 0 });
