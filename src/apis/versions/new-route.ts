import { v7 as uuidv7 } from 'uuid';
import type { ApiRoute } from './api-route.entity.js';
import type { CreateRoute } from './routes.dto.js';

const BODY_LIMIT = 10 * 1024 * 1024;
const RETRIES = 1;

/** A route of a version as it begins: what is not said is closed, and without a limit. */
export function newRoute(versionId: string, fields: CreateRoute): ApiRoute {
  const now = new Date();
  return {
    id: uuidv7(),
    versionId,
    operationId: fields.operationId ?? null,
    methods: fields.methods,
    path: fields.path,
    scopes: fields.scopes ?? [],
    roles: fields.roles ?? [],
    isPublic: fields.isPublic ?? false,
    callLimit: fields.limit ?? null,
    timeouts: fields.timeouts ?? {},
    bodyLimit: fields.bodyLimit ?? BODY_LIMIT,
    retries: fields.retries ?? RETRIES,
    forward: fields.forward ?? [],
    allowEmptySegments: fields.allowEmptySegments ?? false,
    allowEncodedSlash: fields.allowEncodedSlash ?? false,
    createdAt: now,
    updatedAt: now,
  };
}

/** A route with all that it does not say. */
export function completed(fields: CreateRoute): Required<CreateRoute> {
  const {
    id: _id,
    versionId: _of,
    createdAt: _made,
    updatedAt: _changed,
    callLimit,
    ...route
  } = newRoute('', fields);
  return { ...route, limit: callLimit };
}
