import { applyDecorators, type Type } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import { ApiExtraModels, ApiOkResponse, ApiResponse, getSchemaPath } from './api-decorators.js';

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;

/** Documents a page of `item`s. */
export const PageOf = (item: Type) =>
  applyDecorators(
    ApiExtraModels(item),
    ApiOkResponse({
      schema: {
        type: 'object',
        required: ['items', 'nextCursor'],
        properties: {
          items: { type: 'array', items: { $ref: getSchemaPath(item) } },
          nextCursor: { type: ['string', 'null'] as unknown as 'string', example: null },
        },
      },
    }),
  );

/** Documents an answer of any JSON object: what a browser's API takes, or all rows of an account. */
export const JsonObjectOf = (description: string, status = 200) =>
  ApiResponse({
    status,
    description,
    content: { 'application/json': { schema: { type: 'object', additionalProperties: true } } },
  });

/** Documents the answer to who has a second factor: with a challenge, or without one where the code goes to the same route. */
export const AsksForSecondFactor = (kind: 'MfaRequired' | 'SecondFactorNeeded') =>
  ApiResponse({
    status: 401,
    description: 'Not accepted, or with the code `mfa_required`: the account has a second factor',
    content: {
      'application/problem+json': {
        schema: {
          anyOf: [{ $ref: `#/components/schemas/${kind}` }, { $ref: '#/components/schemas/Problem' }],
        },
        example: {
          ...exampleOf('The account has a second factor.', 401, 'mfa_required'),
          ...(kind === 'MfaRequired' && { challenge_token: 'kX1c…', expires_in: 300 }),
          methods: ['totp', 'recovery_code'],
        },
      },
    },
  });

/** Documents an answer that is a page, or leads to one. */
export const HtmlPage = () =>
  applyDecorators(
    ApiResponse({
      status: 200,
      description: 'A page that leads on',
      content: { 'text/html': { schema: { type: 'string' } } },
    }),
    ApiResponse({ status: 303, description: 'To the application, or to a page of ours' }),
  );

/** A failure at one of OAuth's endpoints (RFC 6749 §5.2); those that people are sent to answer with a page. */
export function oauthProblemResponse(description: string) {
  const schema = { $ref: '#/components/schemas/OAuthError' };
  const page = { schema: { type: 'string' } };
  return { description, content: { 'application/json': { schema }, 'text/html': page } };
}

/** A failure, as a response of the document. */
export function problemResponse(description: string, status: number, code: string) {
  const schema = { $ref: '#/components/schemas/Problem' };
  const example = exampleOf(description, status, code);
  return { description, content: { 'application/problem+json': { schema, example } } };
}

function exampleOf(detail: string, status: number, code: string) {
  return {
    type: `urn:gatehouse:problem:${code}`,
    title: code.replaceAll('_', ' '),
    status,
    detail,
    instance: '01890a5d-ac96-774b-bcce-b302099a8057',
    code,
  };
}

const PROBLEM = {
  type: 'object',
  description: 'RFC 9457 problem details; some codes have members of their own',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string', description: 'The id of the request, also in X-Request-Id and in the log' },
    code: { type: 'string', description: 'Stable; decide by it' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['field', 'message'],
        properties: {
          field: { type: 'string', example: 'scopes.0.name', description: 'As it was sent' },
          message: { type: 'string' },
        },
      },
    },
  },
};
const METHODS = { type: 'array', items: { type: 'string', enum: ['totp', 'passkey', 'recovery_code'] } };
const CODE = { type: 'string', enum: ['mfa_required'] };

/** {@link PROBLEM}, and those whose members a client needs. */
export const PROBLEM_SCHEMAS = {
  Problem: PROBLEM,
  OAuthError: {
    type: 'object',
    description: 'RFC 6749 §5.2',
    required: ['error'],
    properties: { error: { type: 'string' }, error_description: { type: 'string' } },
  },
  MfaRequired: {
    ...PROBLEM,
    description: 'The password was right; POST /v1/auth/mfa/challenge finishes the login',
    required: [...PROBLEM.required, 'challenge_token', 'expires_in', 'methods'],
    properties: {
      ...PROBLEM.properties,
      code: CODE,
      challenge_token: { type: 'string', description: 'For one answer to POST /v1/auth/mfa/challenge' },
      expires_in: { type: 'integer', description: 'Seconds' },
      methods: METHODS,
    },
  },
  SecondFactorNeeded: {
    ...PROBLEM,
    description: 'Send the same again with a code or a passkey',
    required: [...PROBLEM.required, 'methods'],
    properties: { ...PROBLEM.properties, code: CODE, methods: METHODS },
  },
} as unknown as Schemas;
