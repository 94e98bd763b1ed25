import { ApiProperty } from '../../platform/http/api-decorators.js';
import type { PendingDelivery } from './logout-deliveries.service.js';

export class LogoutDeliveryResponse implements PendingDelivery {
  @ApiProperty()
  id: string;

  @ApiProperty({ description: 'Whose session has ended' })
  userId: string;

  @ApiProperty()
  sessionId: string;

  @ApiProperty({ description: 'How often it was sent' })
  attempts: number;

  @ApiProperty({ description: 'When it is sent next' })
  nextAt: string;

  @ApiProperty()
  createdAt: string;

  @ApiProperty({ type: String, nullable: true, description: 'What came of the last attempt' })
  lastError: string | null;
}
