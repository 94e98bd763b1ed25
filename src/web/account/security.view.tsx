import type { Passkey } from '../../accounts/factors/passkey.entity.js';
import type { Factors } from '../../accounts/factors/second-factors.service.js';
import { HiddenEmail, NewPasswordFields, Notice, PasswordField, Submit } from '../views/fields.view.js';
import { useTexts } from '../views/page-context.js';
import { Panel } from './account-layout.view.js';
import type { Failed } from './failed-form.js';
import { Moment } from '../views/moment.view.js';

export interface SecurityProps {
  email: string;
  minLength: number;
  factors: Factors;
  passkeys: Passkey[];
  failed?: Failed<'password'> | undefined;
}

/** The password and the second factors. */
export function SecurityView({ email, minLength, factors, passkeys, failed }: SecurityProps) {
  return (
    <>
      <PasskeysPanel passkeys={passkeys} />
      <TotpPanel since={factors.totpSince} />
      {(factors.totpSince || passkeys.length > 0) && <RecoveryPanel left={factors.recoveryCodesLeft} />}
      <PasswordPanel email={email} minLength={minLength} failed={failed} />
    </>
  );
}

function PasswordPanel({ email, minLength, failed }: Pick<SecurityProps, 'email' | 'minLength' | 'failed'>) {
  const t = useTexts();
  const { errors = {}, problem } = failed ?? {};
  return (
    <Panel title={t('security.password')} lead={t('security.passwordLead')}>
      {problem && <Notice kind="error">{t(problem.key, problem.values)}</Notice>}
      <form method="post" action="/account/password">
        <HiddenEmail value={email} />
        <PasswordField
          purpose="current"
          name="current"
          label={t('field.currentPassword')}
          error={errors['current'] && t(errors['current'])}
        />
        <NewPasswordFields minLength={minLength} errors={errors} />
        <Submit kind="secondary">{t('security.changePassword')}</Submit>
      </form>
    </Panel>
  );
}

function PasskeysPanel({ passkeys }: { passkeys: Passkey[] }) {
  const t = useTexts();
  return (
    <Panel title={t('security.passkeys')} lead={t('security.passkeysLead')}>
      {passkeys.length > 0 && (
        <ul class="rows">
          {passkeys.map(({ id, name, createdAt, lastUsedAt }) => (
            <li key={id}>
              <div>
                <strong dir="auto">{name}</strong>
                <p class="hint">
                  {t('security.added')} <Moment at={createdAt} /> ·{' '}
                  {lastUsedAt ? (
                    <>
                      {t('security.used')} <Moment at={lastUsedAt} />
                    </>
                  ) : (
                    t('security.neverUsed')
                  )}
                </p>
              </div>
              <a
                class="button small"
                href={`/account/passkeys/${id}`}
                aria-label={`${t('security.edit')}: ${name}`}
              >
                {t('security.edit')}
              </a>
            </li>
          ))}
        </ul>
      )}
      <p>
        <a class="button secondary" href="/account/passkeys/new">
          {t('security.addPasskey')}
        </a>
      </p>
    </Panel>
  );
}

function TotpPanel({ since }: { since: Date | null }) {
  const t = useTexts();
  return (
    <Panel title={t('security.totp')} lead={t('security.totpLead')}>
      {since ? (
        <ul class="rows">
          <li>
            <div>
              <span class="tag good">{t('security.on')}</span>
              <p class="hint">
                {t('security.added')} <Moment at={since} />
              </p>
            </div>
            <a class="button small danger" href="/account/totp/remove">
              {t('security.remove')}
            </a>
          </li>
        </ul>
      ) : (
        <p>
          <a class="button secondary" href="/account/totp">
            {t('security.setUpTotp')}
          </a>
        </p>
      )}
    </Panel>
  );
}

function RecoveryPanel({ left }: { left: number }) {
  const t = useTexts();
  return (
    <Panel title={t('security.recovery')} lead={t('security.recoveryLead')}>
      <p class="fact">{t('security.codesLeft', { count: left })}</p>
      <p>
        <a class="button secondary" href="/account/recovery-codes">
          {t('security.newCodes')}
        </a>
      </p>
    </Panel>
  );
}
