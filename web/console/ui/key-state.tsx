import type { ApiKey } from '../types.js';
import { t } from '../texts.js';
import { Tag, Time } from './parts.js';

/** Whether an API key works, and until when. */
export function KeyState({ of: { revokedAt, expiresAt } }: { of: ApiKey }) {
  if (revokedAt) return <Tag tone="bad">{t('apiKeys.isRevoked')}</Tag>;
  if (new Date(expiresAt).getTime() < Date.now()) return <Tag tone="bad">{t('apiKeys.isExpired')}</Tag>;
  return (
    <>
      <Tag tone="good">{t('apiKeys.works')}</Tag>{' '}
      <span class="hint inline">
        {t('apiKeys.until')} <Time at={expiresAt} />
      </span>
    </>
  );
}
