import { describe, expect, it } from 'vitest';
import { elementsOf } from './json-array.js';
import type { Piece } from './ndjson.js';
import { LineTooLong, MalformedFile } from './transfer.errors.js';

async function* inChunks(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
async function read(text: string, size = 64 * 1024): Promise<Piece[]> {
  const pieces: Piece[] = [];
  for await (const piece of elementsOf(inChunks(text, size))) pieces.push(piece);
  return pieces;
}
const contents = async (text: string, size?: number) =>
  (await read(text, size)).map(({ content }) => content);

const HARD = [
  { name: 'a "quoted" {name} [1]', back: 'a\\', both: '\\"' },
  { nested: { list: [[1], { a: [] }] }, text: '日本 🦊' },
  {},
  ['a', ['b']],
];

describe('the elements of an array in a document', () => {
  it.each([1, 2, 3, 7, 64, 65_536])('are read in chunks of %d bytes', async (size) => {
    const text = JSON.stringify({ realm: 'x', users: HARD }, null, 2);
    const found = await contents(text, size);
    expect(found.map((each) => JSON.parse(each as string) as unknown)).toEqual(HARD);
  });

  it('are numbered from one', async () => {
    expect((await read('{"users":[{},{},{}]}')).map(({ number }) => number)).toEqual([1, 2, 3]);
  });

  it('are none in an empty list', async () => {
    expect(await read('{ "users": [ ] }')).toEqual([]);
  });

  it('are refused alone when one is too long', async () => {
    const found = await contents(`{"users":[{"a":1},{"b":"${'x'.repeat(65 * 1024)}"},{"c":3}]}`, 1000);
    expect([found[0], found[2]]).toEqual(['{"a":1}', '{"c":3}']);
    expect(found[1]).toBeInstanceOf(LineTooLong);
  });

  it.each([
    ['nothing', ''],
    ['no array', '{"users":{}}'],
    ['an end in the middle of an element', '{"users":[{"a":1},{"b":'],
    ['an end before the array is closed', '{"users":[{"a":1}'],
    ['two documents', '{"users":[]}{"users":[]}'],
    ['lines of JSON', '{"a":1}\n{"a":2}'],
    ['a bracket too many', '{"users":[]}]'],
  ])('are not in %s', async (_, text) => {
    await expect(read(text)).rejects.toThrow(MalformedFile);
  });
});
