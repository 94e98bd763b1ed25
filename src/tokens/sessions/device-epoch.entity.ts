import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import type { Result, Statement } from '../../platform/database/database.service.js';

/** How often all device tokens of a user were ended; a user without a row is at 0. */
@Entity('device_epochs')
export class DeviceEpoch {
  @PrimaryColumn('varchar', { length: 36 })
  @ForeignKey('User', { name: 'device_epochs_user_id', onDelete: 'CASCADE' })
  userId: string;

  /** Device tokens carry it; those with another number are void. A counter, for clocks are set back (decision 0002). */
  @Column('integer')
  epoch: number;
}

/** The statement that ends all device tokens of a user. */
export function endingDevicesOf(userId: string): Statement {
  const sql = `INSERT INTO device_epochs (user_id, epoch) VALUES (:userId, 1)
               ON CONFLICT (user_id) DO UPDATE SET epoch = device_epochs.epoch + 1
               RETURNING epoch AS device_epoch`;
  return { sql, params: { userId }, affects: 1 };
}

/** The epoch that a batch with {@link endingDevicesOf} has begun. */
export function epochBegunBy(results: Result[]): number {
  const row = results.flatMap(({ rows }) => rows).find((each) => 'device_epoch' in each);
  return Number(row?.['device_epoch'] ?? 0);
}
