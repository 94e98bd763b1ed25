import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { ApiProperty, ApiPropertyOptional } from '../../platform/http/api-decorators.js';
import { LOCALE_TAGS } from '../../platform/texts/locales.js';

export class WaitingLetterResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ example: 'notice', description: 'Who writes it' })
  kind: string;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'password_changed',
    description: 'Which notice it is',
  })
  letter: string | null;

  @ApiProperty({ example: 'ada@example.com' })
  address: string;

  @ApiProperty({ description: 'How often it was begun' })
  attempts: number;

  @ApiProperty({ type: String, format: 'date-time', description: 'When it is tried, or tried again' })
  dueAt: Date;
}

export class LetterNameResponse {
  @ApiProperty({ example: 'password_reset' })
  name: string;

  @ApiProperty({ type: [String], example: ['en', 'de'], description: 'The languages that it is written in' })
  locales: string[];
}

export class PreviewQuery {
  @ApiPropertyOptional({ enum: LOCALE_TAGS, description: 'The language; English when it is left out' })
  @IsOptional()
  @IsIn(LOCALE_TAGS)
  locale?: string;
}

export class LetterPreviewResponse {
  @ApiProperty({ example: 'password_reset' })
  name: string;

  @ApiProperty({ example: 'en', description: 'The language that it is written in' })
  locale: string;

  @ApiProperty()
  subject: string;

  @ApiProperty()
  text: string;

  @ApiProperty({ description: 'Show it in a sandboxed frame' })
  html: string;
}

export class SendTestLetter extends PreviewQuery {
  @ApiProperty({ example: 'password_reset' })
  @IsString()
  @MaxLength(64)
  letter: string;
}
