import { type ImportSummary } from './transfer.dto.js';
import { Problem } from '../../platform/http/problem.js';

/** A line of an import is too long; it is reported with its number, and the others go on. */
export class LineTooLong extends Problem {
  constructor(maxBytes: number) {
    super(413, 'line_too_long', `The line is longer than ${maxBytes / 1024} KiB.`);
  }
}

/** A line of an import cannot be read; it is reported with its number, and the others go on. */
export class MalformedLine extends Problem {
  constructor(what: string) {
    super(400, 'malformed_line', `The line ${what}.`);
  }
}

/** Not what the format says. What was read of it until then is kept. */
export class MalformedFile extends Problem {
  constructor() {
    super(400, 'malformed_file', 'This is no whole document with an array of users, as the format has it.');
  }
}

/** So much came without a line that can be read that the rest is not waited for. */
export class NothingUsable extends Problem {
  constructor(maxBytes: number) {
    const size = `${maxBytes / 1024 / 1024} MiB`;
    super(
      400,
      'nothing_usable',
      `There was no usable line in ${size} in a row; check the format of the file.`,
    );
  }
}

/** An import that could not go on. What it did stays, and it can simply be repeated. */
export class ImportInterrupted extends Problem {
  constructor(why: Problem, summary: ImportSummary) {
    const detail = `${why.detail} What was imported until then is kept, and the file can be sent again.`;
    super(why.status, why.code, detail, { headers: why.headers, members: { summary }, cause: why.cause });
  }
}
