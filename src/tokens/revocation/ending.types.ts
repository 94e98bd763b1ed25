import type { Statement } from '../../platform/database/database.service.js';
import type { RowForm } from '../../platform/database/owned-rows.js';
import type { RevocationsService } from './revocations.service.js';

/**
 * What happens to an account that may end what it has:
 * - `disabled`: it may not sign in any more, or may again; nothing from before comes back to life
 * - `deleted`: it goes, and with it every row whose foreign key cascades
 * - `reset`: its password is another
 * - `evicted`: it is taken from who set it up before its address was proved, who may have been a stranger
 * - `factors_removed`: its second factors are taken away
 * - `email_changed`: its address is another
 */
export type AccountEvent = 'disabled' | 'deleted' | 'reset' | 'evicted' | 'factors_removed' | 'email_changed';

/** The account that something happens to. */
export interface EndingAccount {
  userId: string;
  now: Date;
  /** The session in which it happens, which goes on; empty for none. */
  exceptSessionId: string;
  revocations: RevocationsService;
}

/** A table whose rows belong to accounts, exported by the room that keeps them and listed in `app.endings.ts`. */
export interface Ending {
  table: string;
  /** What ends the rows, apart from their foreign key, which a deletion of the account cascades to. */
  on: readonly AccountEvent[];
  /** The statements that end them, for the batch of what happens. */
  end: (account: EndingAccount) => Statement[];
  /** For rows of tokens that a signing key has made and that outlive their rotation. */
  signed?: {
    /** In SQL: `kid` and `until` of those that are live at `:now`, whose keys must stay published. */
    live: string;
    /** Ends those of a key that was deleted. `now` in ms. */
    end: (kid: string, now: number) => Statement;
  };
  /** What an export of personal data shows of the rows though their feature may be off. */
  exported?: ExportedTable;
}

/** How an export reads the rows. */
export interface ExportedTable extends RowForm {
  /** The name of the list. */
  as: string;
}
