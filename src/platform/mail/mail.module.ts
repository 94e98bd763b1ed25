import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { LetterPreviews } from './letter-previews.service.js';
import { LetterTexts } from './letter-texts.service.js';
import { LettersService } from './letters.service.js';
import { MailDelivery } from './mail-delivery.service.js';
import { MailQueue } from './mail-queue.service.js';
import { MailService } from './mail.service.js';
import { NoticesService } from './notices.service.js';
import { QueuedMail } from './queued-mail.entity.js';

/** Mail, and what any feature may have to write. */
@Global()
@Module({
  imports: [TypeOrmModule.forFeature([QueuedMail])],
  providers: [
    MailQueue,
    MailDelivery,
    MailService,
    LetterTexts,
    LettersService,
    NoticesService,
    LetterPreviews,
  ],
  exports: [MailService, MailQueue, LetterTexts, LettersService, NoticesService, LetterPreviews],
})
export class MailModule {}
