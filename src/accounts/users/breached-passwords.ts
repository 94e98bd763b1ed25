import { Injectable, Logger } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { Settings } from '../../platform/config/settings.js';
import { Metrics, type Count } from '../../platform/http/metrics.js';

const ANSWER_WITHIN_MS = 1_000;
/** A padded answer of the largest service is a twentieth of this. */
const MAX_BYTES = 1024 * 1024;
const PREFIX_DIGITS = 5;

/**
 * Asks a range service, where one is configured, whether a password is known from a breach. It is told the first five
 * digits of the SHA-1 hash, which hundreds of passwords share, and answers with the rest of all it knows. When it
 * fails, the password is taken: signing up must not depend on it.
 */
@Injectable()
export class BreachedPasswords {
  private readonly log = new Logger(BreachedPasswords.name);
  private readonly count: Count<'found' | 'clear' | 'failed'>;

  constructor(
    private readonly settings: Settings,
    metrics: Metrics,
  ) {
    const outcomes = ['found', 'clear', 'failed'] as const;
    this.count = metrics.counter(
      'gatehouse_breach_checks_total',
      'New passwords looked up in breaches, by outcome',
      outcomes,
    );
  }

  async has(password: string): Promise<boolean> {
    if (!this.settings.BREACH_RANGE_URL) return false;
    const hash = createHash('sha1').update(password.normalize('NFC')).digest('hex').toUpperCase();
    try {
      const lines = (await this.ask(hash.slice(0, PREFIX_DIGITS))).split(/\r?\n/);
      const line = lines.find((each) => each.toUpperCase().startsWith(`${hash.slice(PREFIX_DIGITS)}:`));
      // Those that pad the answer have a count of 0.
      const isKnown = line !== undefined && Number(line.split(':')[1]) > 0;
      this.count(isKnown ? 'found' : 'clear');
      return isKnown;
    } catch (error) {
      this.count('failed');
      this.log.warn(`the range service of breached passwords fails, so they are taken: ${reasonOf(error)}`);
      return false;
    }
  }

  private async ask(prefix: string): Promise<string> {
    const response = await fetch(this.settings.BREACH_RANGE_URL + prefix, {
      headers: { 'add-padding': 'true', 'user-agent': 'gatehouse' },
      // Only the operator says where this server sends requests.
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    if (response.status !== 200 || !response.body) throw new Error(`it answered ${response.status}`);
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > MAX_BYTES) throw new Error('its answer is too long');
    }
    return text;
  }
}

/** What went wrong, without the URL, which would say a part of the hash. */
function reasonOf(error: unknown): string {
  const { name, message, cause } = error as Error;
  const { code } = (cause ?? {}) as { code?: string };
  return code ?? (name === 'Error' ? message : name);
}
