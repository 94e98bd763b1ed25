import { Column, Entity, ForeignKey, Index } from 'typeorm';
import { ReferenceColumn, TimeColumn } from '../../platform/database/columns.js';

export type DeviceCodeStatus = 'pending' | 'approved' | 'denied' | 'used';

/** A sign-in that a device without a browser has begun (RFC 8628). */
@Entity('device_codes')
@Index('device_codes_user_code', ['userCodeHash'], { unique: true })
@Index('device_codes_expires', ['expiresAt'])
@Index('device_codes_client', ['clientId'])
@Index('device_codes_user', ['userId'])
export class DeviceCode {
  /** SHA-256 of the device code; base64url. */
  @Column('varchar', { length: 43, primary: true })
  hash: string;

  @Column('varchar', { length: 43 })
  userCodeHash: string;

  /** The row of the client. */
  @ReferenceColumn()
  @ForeignKey('OAuthClient', { name: 'device_codes_client_id', onDelete: 'CASCADE' })
  clientId: string;

  @Column('simple-json')
  scopes: string[];

  @Column('simple-json')
  resources: string[];

  @Column('varchar', { length: 16 })
  status: DeviceCodeStatus;

  /** Seconds that the device must wait between two polls; each poll that comes too soon adds five. */
  @Column('integer')
  interval: number;

  @TimeColumn({ nullable: true })
  polledAt: Date | null;

  /** Who approved or denied it. */
  @ReferenceColumn({ nullable: true })
  @ForeignKey('User', { name: 'device_codes_user_id', onDelete: 'CASCADE' })
  userId: string | null;

  @ReferenceColumn({ nullable: true })
  parentSessionId: string | null;

  @TimeColumn({ nullable: true })
  authTime: Date | null;

  @Column('simple-json', { nullable: true })
  amr: string[] | null;

  /** Where the device asked from. */
  @Column('varchar', { length: 64, nullable: true })
  ip: string | null;

  @TimeColumn()
  createdAt: Date;

  @TimeColumn()
  expiresAt: Date;
}
