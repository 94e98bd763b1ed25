import { applyDecorators } from '@nestjs/common';
import { IsBoolean } from 'class-validator';
import { ApiProperty, ApiPropertyOptional } from '../../platform/http/api-decorators.js';
import { MayBeAbsent } from '../../platform/http/fields.js';
import { ROUTE_METHODS, type ApiRoute, type RouteMethod } from './api-route.entity.js';
import type { RouteChange } from './import-plan.js';
import type { ImportReport } from './openapi.service.js';
import type { ReadOperations } from './openapi-operations.js';

const FlagField = (description: string) =>
  applyDecorators(ApiPropertyOptional({ default: false, description }), MayBeAbsent(), IsBoolean());

export class ImportRoutes {
  @FlagField('Whether routes that the document does not have stay')
  keepOthers: boolean = false;

  @FlagField('Whether scopes that its operations need are added to the API; needs resources:write')
  declareScopes: boolean = false;
}

export class DocumentResponse {
  @ApiProperty({ example: '3.1.0', description: 'The version of OpenAPI' })
  format: string;

  @ApiProperty({ example: 'Items' })
  title: string;

  @ApiProperty({ description: 'How many operations it has' })
  operations: number;

  @ApiProperty({ description: 'SHA-256 of its text, in base64url' })
  digest: string;

  @ApiProperty({ type: [String], description: 'What could not be taken as it stands' })
  notes: string[];

  static of({ digest, read }: { digest: string; read: ReadOperations }): DocumentResponse {
    const { format, title, routes, notes } = read;
    return { format, title, operations: routes.length, digest, notes };
  }
}

export class PlannedRoute {
  @ApiProperty({ type: String, nullable: true, description: 'null for one that is not there yet' })
  id: string | null;

  @ApiProperty({ type: String, nullable: true })
  operationId: string | null;

  @ApiProperty({ enum: ROUTE_METHODS, isArray: true })
  methods: RouteMethod[];

  @ApiProperty({ example: '/things/:thing' })
  path: string;

  @ApiProperty({ type: [String] })
  scopes: string[];

  @ApiProperty()
  isPublic: boolean;

  static of({ id, operationId, methods, path, scopes, isPublic }: ApiRoute): PlannedRoute {
    return { id, operationId, methods, path, scopes, isPublic };
  }
}

export class FieldChange {
  @ApiProperty({ example: 'scopes' })
  field: string;

  @ApiProperty({ description: 'JSON' })
  from: string;

  @ApiProperty({ description: 'JSON' })
  to: string;
}

export class ChangedRoute extends PlannedRoute {
  @ApiProperty({ type: [FieldChange] })
  changes: FieldChange[];

  static ofChange({ route, change }: RouteChange): ChangedRoute {
    const names = Object.keys(change).filter((name) => name !== 'updatedAt') as (keyof ApiRoute)[];
    const changes = names.map((name) => ({
      field: name === 'callLimit' ? 'limit' : name,
      from: JSON.stringify(route[name]),
      to: JSON.stringify(change[name]),
    }));
    return { ...PlannedRoute.of({ ...route, ...change }), changes };
  }
}

export class ImportResponse {
  @ApiProperty({ example: '3.1.0' })
  format: string;

  @ApiProperty({ example: 'Items' })
  title: string;

  @ApiProperty({ type: [PlannedRoute] })
  added: PlannedRoute[];

  @ApiProperty({ type: [ChangedRoute] })
  changed: ChangedRoute[];

  @ApiProperty({ type: [PlannedRoute] })
  removed: PlannedRoute[];

  @ApiProperty({ description: 'How many routes are as the document says' })
  unchanged: number;

  @ApiProperty({ type: [String], description: 'Scopes that operations need and the API does not declare' })
  missingScopes: string[];

  @ApiProperty({ type: [String], description: 'What could not be taken as it stands' })
  notes: string[];

  /** @param isDone whether what was added is there by now, and has its ids */
  static of({ read, ...report }: ImportReport, isDone: boolean): ImportResponse {
    const { format, title, notes } = read;
    const { added, changed, removed, unchanged, missingScopes } = report;
    return {
      format,
      title,
      added: added.map((route) => ({ ...PlannedRoute.of(route), ...(!isDone && { id: null }) })),
      changed: changed.map(ChangedRoute.ofChange),
      removed: removed.map(PlannedRoute.of),
      unchanged,
      missingScopes,
      notes,
    };
  }
}
