import type { Actor } from '../../platform/access/actor.js';
import type { Statement } from '../../platform/database/database.service.js';
import type { Problem } from '../../platform/http/problem.js';

/** What the flags and parameters call them. */
export type FormatName = 'gatehouse' | 'auth0' | 'firebase' | 'keycloak';

/** What Firebase's console shows as the hash parameters of a project. */
export interface FirebaseHashing {
  /** In base64, like the separator. */
  signerKey: string;
  saltSeparator: string;
  rounds: number;
  memoryCost: number;
}

/** Who imports, with what they may do at this moment, and the statements that hold on to that in a batch. */
export interface HeldRights {
  actor: Actor;
  guards: Statement[];
}

/** What became of a record. */
export type RecordOutcome = 'created' | 'updated' | 'skipped' | Problem;
