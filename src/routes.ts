import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { randomBytes } from 'node:crypto';
import { accessMatrix, RouteRegistry } from './access/route-registry.js';
import { AppModule } from './app.module.js';
import { loadSettings } from './config/settings.js';

/** `npm run routes`: prints the access matrix. Touches no database but one in memory. */
const settings = loadSettings({
  DATABASE_URL: 'sqlite::memory:',
  GATEHOUSE_SECRET: randomBytes(48).toString('base64url'),
});
const app = await NestFactory.createApplicationContext(AppModule.with(settings), { logger: false });
process.stdout.write(accessMatrix(app.get(RouteRegistry).routes));
await app.close();
