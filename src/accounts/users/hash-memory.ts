const MIB = 2 ** 20;
/**
 * What all hashes that are computed at a time may take together, in bytes: as much as eight of our own. With 200 MiB for the
 * server and 12 MiB for each of eight threads it stays below the 512 MiB of deploy/kubernetes.yaml.
 */
export const HASH_MEMORY = 160 * MIB;
/** The most that one may ask for. The defaults of the usual frameworks are within: Django's argon2 takes 100 MiB. */
export const MAX_MEMORY_OF_ONE = 128 * MIB;

const ARGON2 = /^\$argon2(?:id|i|d)\$(?:v=\d+\$)?m=(\d+),/;
const SCRYPT = /^\$(?:firebase-)?scrypt\$ln=(\d+),r=(\d+)/;
const WITHOUT = /^(?:\$(?:2[aby]\$|bcrypt-sha256|pbkdf2|[56]\$)|bcrypt_sha256|\{SSHA)/;

/** How many bytes it takes to check a password against this hash (a PHC string). The most, where that is not known. */
export function memoryOf(hash: string): number {
  if (WITHOUT.test(hash)) return 0;
  const [, kib] = ARGON2.exec(hash) ?? [];
  if (kib !== undefined) return Number(kib) * 1024;
  const [, ln, r] = SCRYPT.exec(hash) ?? [];
  return r === undefined ? MAX_MEMORY_OF_ONE : 128 * 2 ** Number(ln) * Number(r);
}

/** Shares a number of bytes among what is computed at a time. First come, first served, so that a large one is not overtaken. */
export class MemoryShares {
  private readonly waiting: { bytes: number; go: () => void }[] = [];
  private free: number;

  constructor(private readonly total: number) {
    this.free = total;
  }

  /** Does `work` once there are so many bytes for it. What asks for more than there is has all of it to itself. */
  async during<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    const share = Math.min(bytes, this.total);
    if (this.waiting.length > 0 || share > this.free)
      await new Promise<void>((go) => this.waiting.push({ bytes: share, go }));
    else this.free -= share;
    try {
      return await work();
    } finally {
      this.free += share;
      this.letIn();
    }
  }

  private letIn(): void {
    while (this.waiting.length > 0 && this.waiting[0]!.bytes <= this.free) {
      const { bytes, go } = this.waiting.shift()!;
      this.free -= bytes;
      go();
    }
  }
}
