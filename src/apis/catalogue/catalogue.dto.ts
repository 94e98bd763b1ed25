import { ApiProperty, ApiPropertyOptional } from '../../platform/http/api-decorators.js';
import { IsString, MaxLength } from 'class-validator';
import { MayBeAbsent } from '../../platform/http/fields.js';
import { PageQuery } from '../../platform/http/pagination.js';
import {
  APPROVALS,
  QUOTA_PERIODS,
  QUOTA_UNITS,
  type Approval,
  type Plan,
  type PlanQuota,
} from '../plans/plan.entity.js';
import type { Resource } from '../resources/resource.entity.js';
import type { CatalogueApi, CatalogueVersion } from './catalogue.types.js';

export class CatalogueQuery extends PageQuery {
  @ApiPropertyOptional({
    maxLength: 100,
    description: 'Only APIs with this in name, identifier or description',
  })
  @MayBeAbsent()
  @MaxLength(100)
  @IsString()
  q?: string;
}

export class DocumentQuery {
  @ApiPropertyOptional({
    maxLength: 32,
    description: 'The label of a version; the newest that is not deprecated',
  })
  @MayBeAbsent()
  @MaxLength(32)
  @IsString()
  version?: string;
}

class OfferedScope {
  @ApiProperty({ example: 'items:read' })
  name: string;

  @ApiProperty({ type: String, nullable: true })
  description: string | null;
}

export class CatalogueEntry {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ example: 'https://items.example', description: 'The audience of its tokens' })
  identifier: string;

  @ApiProperty({ example: 'Items' })
  name: string;

  @ApiProperty({ type: String, nullable: true })
  description: string | null;

  @ApiProperty({ type: [OfferedScope] })
  scopes: OfferedScope[];

  static of({ id, identifier, name, description, scopes }: Resource): CatalogueEntry {
    return { id, identifier, name, description, scopes };
  }
}

class OfferedVersion {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ example: 'v1' })
  label: string;

  @ApiProperty({ enum: ['published', 'deprecated'] })
  status: string;

  @ApiProperty({ description: 'Where its paths begin' })
  url: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  deprecatedAt: Date | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'When it ends' })
  sunsetAt: Date | null;

  @ApiProperty({ type: String, nullable: true })
  docsUrl: string | null;

  static of({ version, url }: CatalogueVersion): OfferedVersion {
    const { id, label, status, deprecatedAt, sunsetAt, docsUrl } = version;
    return { id, label, status, url, deprecatedAt, sunsetAt, docsUrl };
  }
}

class OfferedQuota {
  @ApiProperty({ enum: QUOTA_UNITS })
  unit: PlanQuota['unit'];

  @ApiProperty({ example: 1000 })
  amount: number;

  @ApiProperty({ enum: QUOTA_PERIODS })
  per: PlanQuota['per'];
}

class OfferedPlan {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ example: 'free' })
  name: string;

  @ApiProperty({ type: String, nullable: true })
  description: string | null;

  @ApiProperty({ enum: APPROVALS, description: 'Whether the publisher decides about each subscription' })
  approval: Approval;

  @ApiProperty({ type: [OfferedQuota] })
  quota: OfferedQuota[];

  @ApiProperty({ description: 'How many keys a subscription may have' })
  maxKeys: number;

  static of({ id, name, description, approval, quota, maxKeys }: Plan): OfferedPlan {
    return { id, name, description, approval, quota, maxKeys };
  }
}

export class CatalogueApiResponse extends CatalogueEntry {
  @ApiProperty({ type: [OfferedVersion], description: 'Those that can be called, the newest first' })
  versions: OfferedVersion[];

  @ApiProperty({ type: [OfferedPlan], description: 'Those that can be chosen' })
  plans: OfferedPlan[];

  static ofApi({ resource, versions, plans }: CatalogueApi): CatalogueApiResponse {
    return {
      ...CatalogueEntry.of(resource),
      versions: versions.map(OfferedVersion.of),
      plans: plans.map(OfferedPlan.of),
    };
  }
}
