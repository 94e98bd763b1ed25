import { Global, Module } from '@nestjs/common';
import { Cursors } from './pagination.js';

/** Manners that every feature shares. */
@Global()
@Module({ providers: [Cursors], exports: [Cursors] })
export class HttpModule {}
