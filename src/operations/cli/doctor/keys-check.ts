import type { DataSource } from 'typeorm';
import type { Settings } from '../../../platform/config/settings.js';
import { SealingService } from '../../../tokens/keys/sealing.service.js';
import { PRIVATE_KEYS, type KeyStage } from '../../../tokens/keys/signing-key.entity.js';
import { findings, type Finding } from './finding.js';

const DAY_MS = 86_400_000;
/** A running server rotates within seconds. */
const OVERDUE_MS = 3_600_000;
const { ok, warn, fail } = findings('keys');

interface Row {
  kid: string;
  alg: string;
  stage: KeyStage;
  sealed_private_key: string;
  created_at: string | number;
  activated_at: string | number | null;
}

/** The signing keys: whether the secret opens them, and how old the one is that signs. */
export async function checkKeys(dataSource: DataSource, settings: Settings): Promise<Finding> {
  const rows: Row[] = await dataSource.query('SELECT * FROM signing_keys');
  const current = rows.find(({ stage }) => stage === 'current');
  if (!current) return warn('there are none yet; the server makes them when it starts');

  const sealing = new SealingService(settings);
  const opened = rows.map((row) => sealing.open(row.sealed_private_key, PRIVATE_KEYS, row.kid));
  if (opened.includes(undefined))
    return fail(
      'GATEHOUSE_SECRET does not open them; set it, or GATEHOUSE_SECRET_PREVIOUS, to the one they were made with',
    );
  if (opened.some((each) => each!.isOutdated))
    return warn('some are sealed under GATEHOUSE_SECRET_PREVIOUS; the server seals them anew when it starts');

  const age = Date.now() - Number(current.activated_at ?? current.created_at);
  const left = settings.SIGNING_KEY_ROTATION - age;
  const detail = `${current.alg}, signs for ${days(age)}`;
  if (left < -OVERDUE_MS)
    return warn(`${detail}, ${days(-left)} too long; is a server running? it rotates by itself`);
  if (current.alg !== settings.SIGNING_ALG)
    return warn(`${detail}; the next start goes over to ${settings.SIGNING_ALG}, as SIGNING_ALG says`);
  return ok(`${detail}, rotates in ${days(left)}; ${rows.length} are published`);
}

function days(ms: number): string {
  return `${(ms / DAY_MS).toFixed(1)} days`;
}
