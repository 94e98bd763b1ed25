import { Injectable } from '@nestjs/common';
import { ClientSignInsService } from '../../oauth/clients/client-sign-ins.service.js';
import { ListedSessionsService } from '../account/listed-sessions.service.js';

/** Puts the sessions of applications into the list of a user's sessions. */
@Injectable()
export class ListedClientSessionsService {
  constructor(signIns: ClientSignInsService, listed: ListedSessionsService) {
    listed.add((userId, limit) => signIns.of(userId, limit));
  }
}
