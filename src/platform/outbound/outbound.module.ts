import { Module } from '@nestjs/common';
import { DocumentsService } from './documents.service.js';
import { OutboundService } from './outbound.service.js';

@Module({
  providers: [OutboundService, DocumentsService],
  exports: [OutboundService, DocumentsService],
})
export class OutboundModule {}
