import { visible, type Finding } from './base64url-reading.js';
import { note, type Note } from './messages.js';

/** JSON as far as it could be read, with what is wrong at its character. */
export interface JsonReading {
  value: unknown;
  findings: Finding[];
}

/** Deeper than any token in use, and shallow enough for the stack. */
const MAX_DEPTH = 200;

const SPACE = /[ \t\r\n]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const ESCAPES: Record<string, string> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};
const WORDS: [string, unknown][] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

/** More of them than a person reads. */
const MAX_FINDINGS = 50;

/** Reading went as far as it could; what was read until then is kept. */
class Broken extends Error {}

/** Reads JSON (RFC 8259) and keeps what stands before a mistake. Never throws. */
export function readJson(text: string): JsonReading {
  return new JsonReader(text).read();
}

class JsonReader {
  private at = 0;
  private readonly findings: Finding[] = [];
  /** The value so far, from the outside in: what is returned when reading breaks off. */
  private root: unknown;

  constructor(private readonly text: string) {}

  read(): JsonReading {
    if (this.text.startsWith('\uFEFF')) {
      this.findings.push({ note: note('bom'), at: 0 });
      this.at = 1;
    }
    try {
      this.value(0, (value) => (this.root = value));
      this.space();
      if (this.at < this.text.length) this.findings.push({ note: note('json-trailing'), at: this.at });
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
    }
    return { value: this.root, findings: this.findings };
  }

  /** @param keep is called before a container is filled, so that a broken one is not lost */
  private value(depth: number, keep: (value: unknown) => void): void {
    this.space();
    const first = this.text[this.at];
    if (first === '{') return this.object(depth, keep);
    if (first === '[') return this.array(depth, keep);
    if (first === '"') return keep(this.string());
    const word = WORDS.find(([spelling]) => this.text.startsWith(spelling, this.at));
    if (word) {
      this.at += word[0].length;
      return keep(word[1]);
    }
    keep(this.number());
  }

  private object(depth: number, keep: (value: unknown) => void): void {
    const object: Record<string, unknown> = {};
    keep(object);
    this.members('}', depth, () => {
      this.space();
      const at = this.at;
      if (this.text[at] !== '"') this.fail(note('wants-name'));
      const name = this.string();
      if (Object.hasOwn(object, name)) this.report(note('json-duplicate', { name: name.slice(0, 40) }), at);
      this.space();
      this.take(':', '":"');
      this.value(depth + 1, (value) => define(object, name, value));
    });
  }

  private array(depth: number, keep: (value: unknown) => void): void {
    const array: unknown[] = [];
    keep(array);
    this.members(']', depth, () => {
      const index = array.length;
      this.value(depth + 1, (value) => (array[index] = value));
    });
  }

  private members(end: string, depth: number, member: () => void): void {
    if (depth >= MAX_DEPTH) this.breakOff(note('json-depth', { depth: MAX_DEPTH }));
    this.at++;
    this.space();
    if (this.skips(end)) return;
    do member();
    while (this.continues(end));
  }

  private continues(end: string): boolean {
    this.space();
    if (this.skips(',')) return true;
    this.take(end, note('wants-either', { one: '","', other: `"${end}"` }));
    return false;
  }

  private string(): string {
    let read = '';
    this.at++;
    for (;;) {
      read += this.plain();
      const next = this.text[this.at];
      if (next === '"') {
        this.at++;
        return read;
      }
      if (next !== '\\') this.fail(note('wants-string-end'));
      read += this.escape();
    }
  }

  /** Characters that stand for themselves: no quote, no backslash, no control character (RFC 8259 §7). */
  private plain(): string {
    const start = this.at;
    for (; this.at < this.text.length; this.at++) {
      const code = this.text.charCodeAt(this.at);
      if (code === 0x22 || code === 0x5c || code < 0x20) break;
    }
    return this.text.slice(start, this.at);
  }

  private escape(): string {
    const letter = this.text[++this.at];
    if (letter === 'u') {
      const digits = /[\da-fA-F]{4}/y;
      digits.lastIndex = this.at + 1;
      const [code] = digits.exec(this.text) ?? this.fail(note('wants-hex'));
      this.at += 5;
      return String.fromCharCode(Number.parseInt(code, 16));
    }
    const character = ESCAPES[letter ?? ''] ?? this.fail(note('wants-escape'));
    this.at++;
    return character;
  }

  private number(): number {
    const { at } = this;
    const spelling = this.match(NUMBER);
    if (spelling === '') this.fail(note('wants-value'));
    const value = Number(spelling);
    if (/^-?\d+$/.test(spelling) && !Number.isSafeInteger(value))
      this.report(note('json-precision', { number: spelling.slice(0, 40) }), at);
    return value;
  }

  private space(): void {
    this.match(SPACE);
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const [matched = ''] = pattern.exec(this.text) ?? [];
    this.at += matched.length;
    return matched;
  }

  private skips(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private take(character: string, expected: string | Note): void {
    if (!this.skips(character)) this.fail(expected);
  }

  private report(what: Note, at: number): void {
    if (this.findings.length < MAX_FINDINGS) this.findings.push({ note: what, at });
  }

  private fail(expected: string | Note): never {
    const found = this.text.slice(this.at, this.at + 2).match(/./su)?.[0];
    return this.breakOff(
      found === undefined ? note('json-end') : note('json-syntax', { expected, found: visible(found) }),
    );
  }

  private breakOff(why: Note): never {
    this.findings.push({ note: why, at: this.at });
    throw new Broken();
  }
}

/** Like `JSON.parse`, under which `__proto__` is a name like any other. */
function define(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') object[name] = value;
  else Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
}
