import { Injectable } from '@nestjs/common';
import { createHash, randomBytes } from 'node:crypto';
import { Database, type Statement } from '../../platform/database/database.service.js';
import { RecoveryCode } from './recovery-code.entity.js';
import { WrongCode } from './factors.errors.js';

const HOW_MANY = 10;
/** RFC 4648 §6, so that nothing looks like something else; 16 letters are 80 bits. */
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const LETTERS = 16;
const FORM = /^[a-z2-7]{16}$/;

/** Recovery codes, for when the other factors are lost. They are random, so that a plain hash will do. */
@Injectable()
export class RecoveryCodesService {
  constructor(private readonly database: Database) {}

  /** A new set, and the statements that put it in the place of the one before. */
  making(userId: string): { codes: string[]; statements: Statement[] } {
    const createdAt = new Date();
    const codes = Array.from({ length: HOW_MANY }, randomCode);
    const inserts = codes.map((code) =>
      this.database.insert(RecoveryCode, { userId, hash: hashOf(userId, code), createdAt }),
    );
    return { codes: codes.map(inGroups), statements: [this.removing(userId), ...inserts] };
  }

  /** The statement that takes all codes away. */
  removing(userId: string): Statement {
    return { sql: 'DELETE FROM recovery_codes WHERE user_id = :userId', params: { userId } };
  }

  /** The statement that takes all codes away when no second factor is left, after the last was removed. */
  removingWithLastFactor(userId: string): Statement {
    const sql = `DELETE FROM recovery_codes WHERE user_id = :userId
      AND NOT EXISTS (SELECT 1 FROM totp_factors WHERE user_id = :userId AND confirmed_at IS NOT NULL)
      AND NOT EXISTS (SELECT 1 FROM passkeys WHERE user_id = :userId)`;
    return { sql, params: { userId } };
  }

  /** The statement that uses a code up; of several at the same time, one does. `code` is normalised. @throws WrongCode */
  async using(userId: string, code: string): Promise<Statement> {
    const params = { userId, hash: hashOf(userId, code) };
    const [row] = FORM.test(code)
      ? await this.database.query(
          'SELECT hash FROM recovery_codes WHERE user_id = :userId AND hash = :hash',
          params,
        )
      : [];
    if (!row) throw new WrongCode();
    return {
      sql: 'DELETE FROM recovery_codes WHERE user_id = :userId AND hash = :hash',
      params,
      affects: 1,
    };
  }
}

/** 256 is a multiple of 32: every letter is as likely. */
function randomCode(): string {
  return [...randomBytes(LETTERS)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
}

function inGroups(code: string): string {
  return code.replaceAll(/.{4}(?=.)/g, '$&-');
}

function hashOf(userId: string, code: string): string {
  return createHash('sha256').update(`${userId}:${code}`).digest('base64url');
}
