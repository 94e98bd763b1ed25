import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { databaseOptions } from './src/database/database.options.js';

/** The DataSource of `npm run migration:*`. */
export default new DataSource({
  ...databaseOptions(process.env['DATABASE_URL'] ?? 'sqlite:./data/gatehouse.db'),
  entities: ['src/**/*.entity.ts'],
});
