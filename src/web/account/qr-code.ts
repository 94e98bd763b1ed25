/** Error correction of level M: what is read survives 15 % of damage. */
const CODEWORDS_PER_BLOCK = [
  10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28, 28, 28, 28, 28, 28,
  28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28,
];
const BLOCKS = [
  1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23, 25, 26, 28, 29,
  31, 33, 35, 37, 38, 40, 43, 45, 47, 49,
];
const LEVEL_M = 0b00;
const BYTE_MODE = 0b0100;
/** Constants of ISO/IEC 18004 §7.9 and §7.10. */
const FORMAT_GENERATOR = 0x537;
const FORMAT_MASK = 0x5412;
const VERSION_GENERATOR = 0x1f25;
const PADDING = [0xec, 0x11];
/** x⁸ + x⁴ + x³ + x² + 1, the field of the error correction. */
const FIELD = 0x11d;

type Grid = boolean[][];

/** Each mask says which modules are turned over. */
const MASKS: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/**
 * The modules of a QR code (ISO/IEC 18004) of the smallest version that holds the text, row by row; `true` is dark.
 * @throws RangeError for more than 2,331 bytes
 */
export function qrCode(text: string): Grid {
  const bytes = new TextEncoder().encode(text);
  const version = smallestVersion(bytes.length);
  const size = version * 4 + 17;
  const grid: Grid = Array.from({ length: size }, () => Array<boolean>(size).fill(false));
  const reserved: Grid = Array.from({ length: size }, () => Array<boolean>(size).fill(false));
  const set = (x: number, y: number, isDark: boolean) => {
    grid[y]![x] = isDark;
    reserved[y]![x] = true;
  };
  drawPatterns(version, size, set);
  drawFormat(size, 0, set);
  drawData(grid, reserved, withCorrection(dataOf(bytes, version), version));
  const masked = MASKS.map((mask, number) => {
    const candidate = grid.map((row, y) =>
      row.map((isDark, x) => (reserved[y]![x] ? isDark : isDark !== mask(x, y))),
    );
    drawFormat(size, number, (x, y, isDark) => (candidate[y]![x] = isDark));
    return { candidate, penalty: penaltyOf(candidate) };
  });
  return masked.reduce((best, each) => (each.penalty < best.penalty ? each : best)).candidate;
}

/** All modules that are not of a pattern, in codewords. */
export function rawCodewords(version: number): number {
  let modules = (16 * version + 128) * version + 64;
  if (version >= 2) {
    const alignments = Math.floor(version / 7) + 2;
    modules -= (25 * alignments - 10) * alignments - 55;
    if (version >= 7) modules -= 36;
  }
  return Math.floor(modules / 8);
}

function dataCodewords(version: number): number {
  return rawCodewords(version) - CODEWORDS_PER_BLOCK[version - 1]! * BLOCKS[version - 1]!;
}

function lengthBits(version: number): number {
  return version < 10 ? 8 : 16;
}

function smallestVersion(length: number): number {
  for (let version = 1; version <= 40; version++)
    if (4 + lengthBits(version) + 8 * length <= 8 * dataCodewords(version)) return version;
  throw new RangeError('too much for a QR code');
}

/** Mode, length, bytes, terminator and padding. */
function dataOf(bytes: Uint8Array, version: number): number[] {
  const bits: number[] = [];
  const append = (value: number, count: number) => {
    for (let bit = count - 1; bit >= 0; bit--) bits.push((value >>> bit) & 1);
  };
  append(BYTE_MODE, 4);
  append(bytes.length, lengthBits(version));
  bytes.forEach((byte) => append(byte, 8));
  const capacity = 8 * dataCodewords(version);
  append(0, Math.min(4, capacity - bits.length));
  append(0, (8 - (bits.length % 8)) % 8);
  for (let each = 0; bits.length < capacity; each++) append(PADDING[each % 2]!, 8);
  return Array.from({ length: bits.length / 8 }, (_, position) =>
    bits.slice(8 * position, 8 * position + 8).reduce((byte, bit) => (byte << 1) | bit, 0),
  );
}

/** In blocks, each with its error correction, interleaved (§7.6). */
function withCorrection(data: number[], version: number): number[] {
  const blocks = BLOCKS[version - 1]!;
  const correction = CODEWORDS_PER_BLOCK[version - 1]!;
  const raw = rawCodewords(version);
  const shortBlocks = blocks - (raw % blocks);
  const shortLength = Math.floor(raw / blocks) - correction;
  const divisor = generatorOf(correction);
  let start = 0;
  const parts = Array.from({ length: blocks }, (_, block) => {
    const length = shortLength + (block < shortBlocks ? 0 : 1);
    const part = data.slice(start, (start += length));
    return { part, check: remainderOf(part, divisor) };
  });
  const column = (pick: (each: (typeof parts)[number]) => number[], length: number) =>
    Array.from({ length }, (_, position) => parts.map((each) => pick(each)[position])).flat();
  return [...column(({ part }) => part, shortLength + 1), ...column(({ check }) => check, correction)].filter(
    (codeword) => codeword !== undefined,
  );
}

/** Multiplies in GF(2⁸). */
export function multiply(a: number, b: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit--) {
    product = (product << 1) ^ ((product >>> 7) * FIELD);
    product ^= ((b >>> bit) & 1) * a;
  }
  return product;
}

function generatorOf(degree: number): number[] {
  const coefficients = [...Array<number>(degree - 1).fill(0), 1];
  let root = 1;
  for (let each = 0; each < degree; each++) {
    for (let position = 0; position < degree; position++)
      coefficients[position] = multiply(coefficients[position]!, root) ^ (coefficients[position + 1] ?? 0);
    root = multiply(root, 2);
  }
  return coefficients;
}

function remainderOf(data: number[], divisor: number[]): number[] {
  const remainder = divisor.map(() => 0);
  for (const byte of data) {
    const factor = byte ^ remainder.shift()!;
    remainder.push(0);
    divisor.forEach((coefficient, position) => (remainder[position]! ^= multiply(coefficient, factor)));
  }
  return remainder;
}

type Setter = (x: number, y: number, isDark: boolean) => void;

/** Timing, finders, alignment and version (§6.3, §7.10). */
function drawPatterns(version: number, size: number, set: Setter): void {
  for (let each = 0; each < size; each++) {
    set(6, each, each % 2 === 0);
    set(each, 6, each % 2 === 0);
  }
  for (const [x, y] of [
    [3, 3],
    [size - 4, 3],
    [3, size - 4],
  ] as const)
    drawSquare(x, y, 4, size, (distance) => distance !== 2 && distance !== 4, set);
  const places = alignmentsOf(version, size);
  const last = places.length - 1;
  places.forEach((x, column) =>
    places.forEach((y, row) => {
      const isFinder =
        (column === 0 && row === 0) || (column === 0 && row === last) || (column === last && row === 0);
      if (!isFinder) drawSquare(x, y, 2, size, (distance) => distance !== 1, set);
    }),
  );
  if (version >= 7) drawVersion(version, size, set);
}

function drawSquare(
  centreX: number,
  centreY: number,
  radius: number,
  size: number,
  isDark: (distance: number) => boolean,
  set: Setter,
): void {
  for (let y = centreY - radius; y <= centreY + radius; y++)
    for (let x = centreX - radius; x <= centreX + radius; x++)
      if (x >= 0 && y >= 0 && x < size && y < size)
        set(x, y, isDark(Math.max(Math.abs(x - centreX), Math.abs(y - centreY))));
}

/** The centres of the alignment patterns, in both directions (annex E). */
function alignmentsOf(version: number, size: number): number[] {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const step = version === 32 ? 26 : Math.ceil((version * 4 + 4) / (count * 2 - 2)) * 2;
  const others = Array.from({ length: count - 1 }, (_, position) => size - 7 - position * step);
  return [6, ...others.toReversed()];
}

function remainderOfBits(value: number, generator: number, degree: number): number {
  let remainder = value;
  for (let each = 0; each < degree; each++)
    remainder = (remainder << 1) ^ ((remainder >>> (degree - 1)) * generator);
  return remainder;
}

function drawVersion(version: number, size: number, set: Setter): void {
  const bits = (version << 12) | remainderOfBits(version, VERSION_GENERATOR, 12);
  for (let each = 0; each < 18; each++) {
    const isDark = ((bits >>> each) & 1) === 1;
    const [far, near] = [size - 11 + (each % 3), Math.floor(each / 3)];
    set(far, near, isDark);
    set(near, far, isDark);
  }
}

/** Level and mask, twice (§7.9), and the module that is always dark. */
function drawFormat(size: number, mask: number, set: Setter): void {
  const data = (LEVEL_M << 3) | mask;
  const bits = ((data << 10) | remainderOfBits(data, FORMAT_GENERATOR, 10)) ^ FORMAT_MASK;
  const bit = (position: number) => ((bits >>> position) & 1) === 1;
  for (let each = 0; each <= 5; each++) set(8, each, bit(each));
  set(8, 7, bit(6));
  set(8, 8, bit(7));
  set(7, 8, bit(8));
  for (let each = 9; each < 15; each++) set(14 - each, 8, bit(each));
  for (let each = 0; each < 8; each++) set(size - 1 - each, 8, bit(each));
  for (let each = 8; each < 15; each++) set(8, size - 15 + each, bit(each));
  set(8, size - 8, true);
}

/** In columns of two from the right, up and down in turn, past the vertical timing pattern (§7.7.3). */
function drawData(grid: Grid, reserved: Grid, codewords: number[]): void {
  const size = grid.length;
  let position = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    const isUpward = ((right + 1) & 2) === 0;
    for (let step = 0; step < size; step++) {
      const y = isUpward ? size - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (reserved[y]![x]) continue;
        // What is left over stays light.
        grid[y]![x] = (((codewords[position >>> 3] ?? 0) >>> (7 - (position & 7))) & 1) === 1;
        position++;
      }
    }
  }
}

/** How hard it is to read: runs, squares, what looks like a finder, and too much of one colour (§7.8.3). */
function penaltyOf(grid: Grid): number {
  const size = grid.length;
  const columns = grid.map((_, x) => grid.map((row) => row[x]!));
  let penalty = 0;
  for (const line of [...grid, ...columns]) {
    const text = line.map((isDark) => (isDark ? '1' : '0')).join('');
    for (const run of text.match(/0{5,}|1{5,}/g) ?? []) penalty += run.length - 2;
    penalty += 40 * [...text.matchAll(/(?=10111010000|00001011101)/g)].length;
  }
  for (let y = 0; y < size - 1; y++)
    for (let x = 0; x < size - 1; x++) {
      const dark = [grid[y]![x], grid[y]![x + 1], grid[y + 1]![x], grid[y + 1]![x + 1]].filter(
        Boolean,
      ).length;
      if (dark === 0 || dark === 4) penalty += 3;
    }
  const share = grid.flat().filter(Boolean).length / size ** 2;
  return penalty + 10 * Math.floor(Math.abs(share - 0.5) * 20);
}
