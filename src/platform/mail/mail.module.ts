import { Global, Module } from '@nestjs/common';
import { LettersService } from './letters.service.js';
import { MailService } from './mail.service.js';
import { NoticesService } from './notices.service.js';

/** Mail, and what any feature may have to write. */
@Global()
@Module({
  providers: [MailService, LettersService, NoticesService],
  exports: [MailService, LettersService, NoticesService],
})
export class MailModule {}
