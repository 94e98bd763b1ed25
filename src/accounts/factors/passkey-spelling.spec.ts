import { v7 as uuidv7 } from 'uuid';
import { describe, expect, it } from 'vitest';
import { asSpecified, isHandleOf } from './passkey-spelling.js';

const specified = (sent: unknown) => asSpecified(sent as never) as unknown;
const USUAL = {
  id: 'ab-_',
  rawId: 'ab-_',
  type: 'public-key',
  clientExtensionResults: {},
  response: { clientDataJSON: 'e30', signature: 'MEU' },
};

describe('what an authenticator answered', () => {
  it('stays as it is where it is spelt as specified', () => {
    expect(specified({ ...USUAL, authenticatorAttachment: 'platform' })).toEqual({
      ...USUAL,
      authenticatorAttachment: 'platform',
    });
  });

  it.each([
    ['base64 with its own letters', { ...USUAL, id: 'ab+/', rawId: 'ab+/' }],
    ['padding', { ...USUAL, rawId: 'ab-_==', response: { clientDataJSON: 'e30=', signature: 'MEU=' } }],
    ['line breaks', { ...USUAL, response: { clientDataJSON: 'e3\n0', signature: ' MEU' } }],
    ['no rawId', { ...USUAL, rawId: undefined }],
    ['no id', { ...USUAL, id: null }],
    ['no type and no extensions', { id: 'ab-_', rawId: 'ab-_', response: USUAL.response }],
    [
      'null for what is not there',
      { ...USUAL, response: { ...USUAL.response, userHandle: null }, more: null },
    ],
  ])('is spelt anew from %s', (_, sent) => {
    expect(specified(sent)).toEqual(USUAL);
  });

  it.each([[null], [undefined], ['text'], [[]], [{}]])('may be anything, such as %j', (sent) => {
    expect(specified(sent)).toMatchObject({ type: 'public-key', response: {} });
  });

  it('keeps what is no text, for its check to refuse', () => {
    expect(specified({ ...USUAL, id: 5, rawId: ['a'], response: { signature: 7 } })).toEqual({
      ...USUAL,
      id: 5,
      rawId: ['a'],
      response: { signature: 7 },
    });
  });
});

describe('a user handle', () => {
  const user = uuidv7();

  it('is the id of the user, or its bytes', () => {
    expect(isHandleOf(user, user)).toBe(true);
    expect(isHandleOf(user, Buffer.from(user).toString('base64url'))).toBe(true);
  });

  it.each([
    ['the id of another', uuidv7()],
    ['the bytes of another id', Buffer.from(uuidv7()).toString('base64url')],
    ['a part of it', user.slice(0, 8)],
    ['nothing', ''],
    ['no text', 5],
    ['a list', [user]],
  ])('is not %s', (_, handle) => {
    expect(isHandleOf(user, handle)).toBe(false);
  });
});
