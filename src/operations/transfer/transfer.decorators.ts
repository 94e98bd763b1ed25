import {
  ApiBody,
  ApiConsumes,
  ApiExtraModels,
  ApiOkResponse,
  getSchemaPath,
} from '../../platform/http/api-decorators.js';
import { ImportSummary } from './transfer.dto.js';
import { applyDecorators, type Type } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { LINES } from '../../platform/http/long-bodies.js';

/** Has the body handed on as a stream, and documents it: JSON lines. */
export const TakesLinesOf = (line: Type) =>
  applyDecorators(
    RouteConfig({ takesLines: true }),
    ApiExtraModels(line),
    ApiConsumes(LINES),
    ApiBody({ schema: { $ref: getSchemaPath(line) }, description: 'One such object a line' }),
    ApiOkResponse({ type: ImportSummary }),
  );

/** Documents an answer of JSON lines. */
export const GivesLinesOf = (line: Type) =>
  applyDecorators(
    ApiExtraModels(line),
    ApiOkResponse({
      description: 'One such object a line',
      content: { [LINES]: { schema: { $ref: getSchemaPath(line) } } },
    }),
  );
