import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { newPassword } from './new-password.js';

const stdin = (...chunks: (string | Uint8Array)[]) =>
  Readable.from(chunks.map((chunk) => Buffer.from(chunk)));

describe('a new password', () => {
  it('is random when none is given, and nothing is read for it', async () => {
    const input = stdin('unread');
    const [one, other] = [await newPassword(false, input), await newPassword(false, input)];
    expect(one).toEqual({ password: expect.stringMatching(/^[\w-]{20}$/), isGenerated: true });
    expect(one.password).not.toBe(other.password);
    expect(input.readableDidRead).toBe(false);
  });

  it.each([
    ['a line', ['pass phrase\n'], 'pass phrase'],
    ['a line of Windows', ['pass phrase\r\n'], 'pass phrase'],
    ['a line without an end', ['pass phrase'], 'pass phrase'],
    ['spaces', ['  pass phrase  \n'], '  pass phrase  '],
    ['a character in two pieces', [new Uint8Array([0xc3]), new Uint8Array([0xbc])], 'ü'],
  ])('is %s of standard input', async (_, chunks, password) => {
    expect(await newPassword(true, stdin(...chunks))).toEqual({ password, isGenerated: false });
  });

  it.each([
    ['nothing', [], 'there is no password on standard input'],
    ['an empty line', ['\n'], 'there is no password on standard input'],
    ['two lines', ['one\ntwo\n'], 'standard input holds more than one line'],
    ['bytes that are no text', [new Uint8Array([0xff, 0xfe])], 'the password on standard input is not UTF-8'],
    [
      'a flood',
      Array.from({ length: 20 }, () => 'x'.repeat(1000)),
      'standard input is longer than any password may be',
    ],
  ])('is not %s', async (_, chunks, message) => {
    await expect(newPassword(true, stdin(...chunks))).rejects.toThrow(message);
  });

  it('is not typed where it can be seen', async () => {
    const terminal = Object.assign(stdin('typed'), { isTTY: true });
    await expect(newPassword(true, terminal)).rejects.toThrow('for what is typed here can be seen');
  });
});
