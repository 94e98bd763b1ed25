import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { loadEnvFile } from 'node:process';
import { DataSource } from 'typeorm';
import { databaseOptions, patient } from './src/database/database.options.js';

if (existsSync('.env')) loadEnvFile('.env');

/** The DataSource of `npm run migration:*`. */
export default new DataSource({
  ...patient(databaseOptions(process.env['DATABASE_URL'] ?? 'sqlite:./data/gatehouse.db')),
  entities: ['src/**/*.entity.ts'],
});
