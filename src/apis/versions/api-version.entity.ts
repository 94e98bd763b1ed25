import { Column, Entity, ForeignKey, Index } from 'typeorm';
import { CounterColumn, IdColumn, ReferenceColumn, TimeColumn } from '../../platform/database/columns.js';

/** The only way is forward. */
export const VERSION_STATUSES = ['draft', 'published', 'deprecated', 'retired'] as const;
export type VersionStatus = (typeof VERSION_STATUSES)[number];

export const SELECTOR_KINDS = ['path', 'header', 'host'] as const;
export type SelectorKind = (typeof SELECTOR_KINDS)[number];

/**
 * How a request says which version it wants: by a piece of the path (`v1`), a header and its value (`api-version=1`), or
 * the host (`v1.api.example.com`).
 */
export interface Selector {
  kind: SelectorKind;
  value: string;
}

/** One version of an API: where it stands, and which upstream answers. Several may be live at a time. */
@Entity('api_versions')
@Index('api_versions_label', ['resourceId', 'label'], { unique: true })
@Index('api_versions_upstream', ['upstreamId'])
export class ApiVersion {
  @IdColumn()
  id: string;

  @ReferenceColumn()
  @ForeignKey('Resource', { name: 'api_versions_resource_id', onDelete: 'CASCADE' })
  resourceId: string;

  @Column('varchar', { length: 32 })
  label: string;

  @Column('varchar', { length: 16 })
  status: VersionStatus;

  @Column('simple-json')
  selector: Selector;

  @ReferenceColumn()
  @ForeignKey('Upstream', { name: 'api_versions_upstream_id', onDelete: 'NO ACTION' })
  upstreamId: string;

  /** Empty, or a path with a slash in front and none behind. */
  @Column('varchar', { length: 200 })
  basePath: string;

  /** Whether the upstream gets the path of the route alone. */
  @Column('boolean')
  stripPrefix: boolean;

  @TimeColumn({ nullable: true })
  deprecatedAt: Date | null;

  /** From when on it answers 410. */
  @TimeColumn({ nullable: true })
  sunsetAt: Date | null;

  /** The version to go to. */
  @ReferenceColumn({ nullable: true })
  successorId: string | null;

  /** What tells callers of its end. */
  @Column('varchar', { length: 500, nullable: true })
  docsUrl: string | null;

  /** Rises with every change. */
  @CounterColumn()
  version: number;

  @TimeColumn()
  createdAt: Date;

  @TimeColumn()
  updatedAt: Date;
}
