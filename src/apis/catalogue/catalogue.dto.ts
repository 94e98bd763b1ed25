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
import { LIMIT_PERIODS, type CallLimit } from '../versions/api-route.entity.js';
import { SELECTOR_KINDS, type Selector } from '../versions/api-version.entity.js';
import type { CatalogueApi, CatalogueVersion } from './catalogue.types.js';

export class CatalogueQuery extends PageQuery {
  @ApiPropertyOptional({
    maxLength: 100,
    description: 'Only APIs with this in name, identifier or description; letters from A to Z in any case',
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

class OfferedSelector implements Selector {
  @ApiProperty({ enum: SELECTOR_KINDS })
  kind: Selector['kind'];

  @ApiProperty({ example: 'api-version=1', description: 'A header as `name=value`' })
  value: string;
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

  @ApiProperty({
    type: OfferedSelector,
    description: 'How a call names it: with a header, that is to be sent',
  })
  selector: Selector;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  deprecatedAt: Date | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'When it ends' })
  sunsetAt: Date | null;

  @ApiProperty({ type: String, nullable: true })
  docsUrl: string | null;

  static of({ version, url }: CatalogueVersion): OfferedVersion {
    const { id, label, status, selector, deprecatedAt, sunsetAt, docsUrl } = version;
    return { id, label, status, url, selector, deprecatedAt, sunsetAt, docsUrl };
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

class OfferedLimit implements CallLimit {
  @ApiProperty({ example: 10 })
  requests: number;

  @ApiProperty({ enum: LIMIT_PERIODS })
  per: CallLimit['per'];
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

  @ApiProperty({
    type: OfferedLimit,
    nullable: true,
    description: 'How fast one subscription may call',
  })
  limit: CallLimit | null;

  @ApiProperty({ description: 'How many keys a subscription may have' })
  maxKeys: number;

  static of({ id, name, description, approval, quota, callLimit, maxKeys }: Plan): OfferedPlan {
    return { id, name, description, approval, quota, limit: callLimit, maxKeys };
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
