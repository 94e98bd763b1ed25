import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { TimeColumn } from '../../platform/database/columns.js';

/** The OpenAPI document of a version. In a table of its own, for it is long and seldom read. */
@Entity('api_documents')
export class ApiDocument {
  @PrimaryColumn('varchar', { length: 36 })
  @ForeignKey('ApiVersion', { name: 'api_documents_version_id', onDelete: 'CASCADE' })
  versionId: string;

  /** JSON. */
  @Column('text')
  text: string;

  /** SHA-256 in base64url. */
  @Column('varchar', { length: 43 })
  digest: string;

  @TimeColumn()
  createdAt: Date;
}
