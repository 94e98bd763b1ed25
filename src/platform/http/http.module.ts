import { Global, Module } from '@nestjs/common';
import { Metrics } from './metrics.js';
import { Cursors } from './pagination.js';
import { Readiness } from './readiness.js';

/** Manners that every feature shares. */
@Global()
@Module({ providers: [Cursors, Metrics, Readiness], exports: [Cursors, Metrics, Readiness] })
export class HttpModule {}
