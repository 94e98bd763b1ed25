import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, rmdirSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PIECE = Buffer.alloc(4_096);

/** A file system of a few megabytes in memory, to be filled up. */
export class SmallDisk {
  readonly folder = mkdtempSync(join(tmpdir(), 'gatehouse-disk-'));

  constructor(megabytes: number) {
    try {
      const options = `size=${megabytes}m,mode=0700`;
      execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', this.folder], { stdio: 'pipe' });
    } catch (error) {
      rmdirSync(this.folder);
      const reason = String((error as { stderr?: Buffer }).stderr ?? error).trim();
      throw new Error(`root that may mount a tmpfs is needed here: ${reason}`, { cause: error });
    }
  }

  /** Takes what is free, to the last byte. */
  fill(): void {
    const file = openSync(this.ballast, 'a');
    try {
      for (let size = PIECE.length; size >= 1; size >>= 1) writeWhilePossible(file, PIECE.subarray(0, size));
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    rmSync(this.ballast, { force: true });
  }

  discard(): void {
    execFileSync('umount', ['--lazy', this.folder]);
    rmdirSync(this.folder);
  }

  private get ballast(): string {
    return join(this.folder, 'ballast');
  }
}

function writeWhilePossible(file: number, piece: Buffer): void {
  try {
    while (writeSync(file, piece) === piece.length);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}
