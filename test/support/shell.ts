import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What one call of curl was answered, and what the comment above it in the page had said. */
export interface ShellAnswer {
  about: string;
  status: number;
  /** The `code` of a problem document. */
  code: string | undefined;
}

/** Notes each answer, and hands it on as it came. */
const CURL = `
about=
curl() {
  local head body
  head=$(mktemp) body=$(mktemp)
  command curl -D "$head" "$@" | tee "$body"
  printf '%s\\t%s\\t%s\\n' "$(awk '/^HTTP/ { status = $2 } END { print status }' "$head")" \\
    "$(grep -oE '"code":"[a-z_]+"' "$body" | cut -d '"' -f 4 | head -n 1)" "$about" >> "$ANSWERS"
  rm "$head" "$body"
}
`;

/**
 * Runs a script as a user would who pastes it, but stops at the first command that fails.
 * @throws Error with all that was said, where a command failed
 */
export async function runShell(script: string, cwd: string): Promise<ShellAnswer[]> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-shell-'));
  const ANSWERS = join(folder, 'answers');
  try {
    const { PATH = '', HOME = '' } = process.env;
    const running = promisify(execFile)(
      'bash',
      ['--norc', '-euo', 'pipefail', '-c', CURL + withComments(script)],
      {
        cwd,
        env: { PATH, HOME, ANSWERS, TMPDIR: folder },
        timeout: 150_000,
      },
    );
    // A command that waits for input would wait for ever.
    running.child.stdin!.end();
    await running.catch(({ stdout, stderr }: Record<'stdout' | 'stderr', string>) => {
      throw new Error(`a command failed: ${stderr}\n${stdout}`);
    });
    return answersIn(readFileSync(ANSWERS, { encoding: 'utf8', flag: 'a+' }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Makes each comment known to the commands that follow it, up to the next one. */
function withComments(script: string): string {
  const lines = script.split('\n');
  return lines
    .flatMap((line, at) => {
      const previous = lines[at - 1] ?? '';
      const [, comment] = /(?:^|\s)# (.*)$/.exec(line) ?? [];
      if (comment === undefined || previous.endsWith('\\')) return [line];
      const goesOn = line.startsWith('#') && previous.startsWith('#');
      return [`about${goesOn ? '+' : ''}=${quoted(` ${comment}`)}`, line];
    })
    .join('\n');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function answersIn(text: string): ShellAnswer[] {
  const lines = text.split('\n').filter(Boolean);
  return lines.map((line) => {
    const [status, code, about = ''] = line.split('\t');
    return { about, status: Number(status), code: code || undefined };
  });
}
