import { describe, expect, it } from 'vitest';
import { withoutValues } from '../../src/http/logging.js';

describe('an error in the log', () => {
  it('says what happened and where, and none of the values that its maker hung on it', () => {
    const driverError = Object.assign(new Error('duplicate key'), {
      detail: 'Key (email)=(ada@example.com)',
    });
    const error = Object.assign(new Error('duplicate key', { cause: driverError }), {
      code: '23505',
      parameters: ['ada@example.com', '$argon2id$v=19$…'],
      driverError,
    });
    const said = JSON.stringify(withoutValues(error));
    expect(said).toContain('duplicate key');
    expect(said).toContain('23505');
    expect(said).toContain('logging.spec');
    expect(said).not.toContain('ada@example.com');
    expect(said).not.toContain('argon2id');
  });
});
