import { Global, Module } from '@nestjs/common';
import { Metrics } from './metrics.js';
import { Cursors } from './pagination.js';

/** Manners that every feature shares. */
@Global()
@Module({ providers: [Cursors, Metrics], exports: [Cursors, Metrics] })
export class HttpModule {}
