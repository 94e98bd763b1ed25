import { describe, expect, it } from 'vitest';
import { makeLogger, withoutValues } from '../../../src/platform/http/logging.js';

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

describe('a secret in the log', () => {
  /** The one line that is logged. */
  const lineOf = (logged: object): string => {
    const lines: string[] = [];
    makeLogger({ LOG_LEVEL: 'info' }, { write: (line) => lines.push(line) }).info(logged, 'said');
    expect(lines).toHaveLength(1);
    return lines[0]!;
  };

  describe.each([
    ['by itself', (members: object) => members],
    ['in an object', (members: object) => ({ request: members })],
    ['in an object of another', (members: object) => ({ request: { body: members } })],
  ])('%s', (_, at) => {
    it.each([
      'authorization',
      'cookie',
      'set-cookie',
      'password',
      'currentPassword',
      'newPassword',
      'passwordHash',
      'access_token',
      'accessToken',
      'refresh_token',
      'refreshToken',
      'token',
      'challenge_token',
      'device-token',
      'deviceToken',
      'key',
      'passkey',
      'secret',
      'uri',
      'recoveryCodes',
    ])('is hidden as %s, and nothing else is', (name) => {
      for (const secret of ['hunter2', ['hunter2'], { id: 'hunter2' }]) {
        const line = lineOf(at({ [name]: secret, name: 'Ada', code: '23505' }));
        expect(line).not.toContain('hunter2');
        expect(JSON.parse(line)).toMatchObject({
          msg: 'said',
          ...at({ [name]: '[Redacted]', name: 'Ada', code: '23505' }),
        });
      }
    });
  });

  it('does not hide what an error says', () => {
    const err = Object.assign(new Error('duplicate key'), { code: '23505', password: 'hunter2' });
    const line = lineOf({ err });
    expect(JSON.parse(line).err).toMatchObject({ type: 'Error', message: 'duplicate key', code: '23505' });
    expect(line).not.toContain('hunter2');
  });
});
