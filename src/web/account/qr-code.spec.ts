import { describe, expect, it } from 'vitest';
import { multiply, qrCode } from './qr-code.js';

/** ISO/IEC 18004, table 9, level M: error correction codewords of a block, and how many blocks there are. */
const BLOCKS: Record<number, [correction: number, blocks: number]> = {
  1: [10, 1],
  2: [16, 1],
  3: [26, 1],
  4: [18, 2],
  5: [24, 2],
  6: [16, 4],
};
/** ISO/IEC 18004, table 10, by column and row. */
const MASKS = [
  (j: number, i: number) => (i + j) % 2,
  (_: number, i: number) => i % 2,
  (j: number) => j % 3,
  (j: number, i: number) => (i + j) % 3,
  (j: number, i: number) => (Math.floor(i / 2) + Math.floor(j / 3)) % 2,
  (j: number, i: number) => ((i * j) % 2) + ((i * j) % 3),
  (j: number, i: number) => (((i * j) % 2) + ((i * j) % 3)) % 2,
  (j: number, i: number) => (((i + j) % 2) + ((i * j) % 3)) % 2,
];

/** Reads as a scanner does; versions 1 to 6, which have one alignment pattern at most and no version information. */
function scan(grid: boolean[][]) {
  const size = grid.length;
  const version = (size - 17) / 4;
  const format = [0, 1, 2, 3, 4, 5, 7, 8].map((y) => grid[y]![8]!);
  format.push(...[7, 5, 4, 3, 2, 1, 0].map((x) => grid[8]![x]!));
  const said = format.reduce((bits, isDark, place) => bits | (Number(isDark) << place), 0) ^ 0x5412;
  const mask = MASKS[(said >> 10) & 7]!;
  const isPattern = (x: number, y: number) =>
    (x < 9 && y < 9) ||
    (x >= size - 8 && y < 9) ||
    (x < 9 && y >= size - 8) ||
    x === 6 ||
    y === 6 ||
    (version > 1 && Math.abs(x - size + 7) <= 2 && Math.abs(y - size + 7) <= 2);
  const bits: number[] = [];
  let isUp = true;
  for (let column = size - 1; column > 0; column -= 2, isUp = !isUp) {
    if (column === 6) column--;
    for (let step = 0; step < size; step++)
      for (const x of [column, column - 1]) {
        const y = isUp ? size - 1 - step : step;
        if (!isPattern(x, y)) bits.push(Number(grid[y]![x]! !== (mask(x, y) === 0)));
      }
  }
  const codewords = Array.from({ length: Math.floor(bits.length / 8) }, (_, at) =>
    parseInt(bits.slice(8 * at, 8 * at + 8).join(''), 2),
  );
  const [correction, count] = BLOCKS[version]!;
  const blocks = Array.from({ length: count }, (_, block) =>
    codewords.filter((__, at) => at % count === block),
  );
  const data = blocks.flatMap((block) => block.slice(0, block.length - correction));
  return { level: said >> 13, blocks, correction, text: textOf(data) };
}

function textOf(data: number[]): string {
  const bits = data.map((codeword) => codeword.toString(2).padStart(8, '0')).join('');
  const length = parseInt(bits.slice(4, 12), 2);
  const bytes = Array.from({ length }, (_, at) => parseInt(bits.slice(12 + 8 * at, 20 + 8 * at), 2));
  return bits.startsWith('0100') ? new TextDecoder().decode(new Uint8Array(bytes)) : 'no bytes';
}

/** Zero for each power of the root, where nothing is damaged (Reed–Solomon). */
function syndromes(block: number[], correction: number): number[] {
  let root = 1;
  return Array.from({ length: correction }, () => {
    const value = block.reduce((sum, codeword) => multiply(sum, root) ^ codeword, 0);
    root = multiply(root, 2);
    return value;
  });
}

describe('a QR code', () => {
  it.each([
    [21, 'a'],
    [21, 'otpauth://to'],
    [25, 'x'.repeat(26)],
    [29, 'Gatehouse:ada@example.com é 日本'],
    [33, 'y'.repeat(62)],
    [37, 'z'.repeat(84)],
    [41, `otpauth://totp/Gatehouse:ada%40example.com?secret=${'A2B3'.repeat(8)}&period=30`],
  ])('of %i modules says %s to a scanner', (size, text) => {
    const grid = qrCode(text);
    expect(grid).toHaveLength(size);
    const read = scan(grid);
    expect(read.text).toBe(text);
    expect(read.level, 'M').toBe(0);
    for (const block of read.blocks)
      expect(syndromes(block, read.correction)).toEqual(Array<number>(read.correction).fill(0));
  });

  it('has its three corners, and quiet lines between', () => {
    const grid = qrCode('corners');
    const size = grid.length;
    for (const [x, y] of [
      [0, 0],
      [size - 7, 0],
      [0, size - 7],
    ] as const) {
      const rows = [0, 1, 2, 3].map((row) =>
        grid[y + row]!.slice(x, x + 7)
          .map(Number)
          .join(''),
      );
      expect(rows).toEqual(['1111111', '1000001', '1011101', '1011101']);
    }
  });

  it('holds 2,331 bytes and not one more', () => {
    expect(qrCode('x'.repeat(2_331))).toHaveLength(177);
    expect(() => qrCode('x'.repeat(2_332))).toThrow(RangeError);
  });
});
