import 'reflect-metadata';
import { loadEnvFile } from './src/platform/config/env-file.js';
import { DataSource } from 'typeorm';
import { databaseOptions, patient } from './src/platform/database/database.options.js';

loadEnvFile(process.env);

/** The DataSource of `npm run migration:*`. */
export default new DataSource({
  ...patient(databaseOptions(process.env['DATABASE_URL'] ?? 'sqlite:./data/gatehouse.db')),
  entities: ['src/**/*.entity.ts'],
});
