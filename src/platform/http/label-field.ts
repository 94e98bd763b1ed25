import { applyDecorators } from '@nestjs/common';
import { IsString, Matches, MinLength } from 'class-validator';
import { ApiProperty } from './api-decorators.js';
import { MaxCharacters } from './fields.js';

/** What its maker calls something: 1 to 100 characters, none of them a control character. */
export const LabelField = (example: string, decorate = ApiProperty) =>
  applyDecorators(
    decorate({ example, maxLength: 100 }),
    Matches(/^[^\p{Cc}]*$/u, { message: '$property must not contain control characters' }),
    MinLength(1),
    MaxCharacters(100),
    IsString(),
  );
