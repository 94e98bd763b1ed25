import type { User } from '../../accounts/users/user.entity.js';
import { EmailField, Field, Notice, PasswordField, Submit } from '../views/fields.view.js';
import { useTexts } from '../views/page-context.js';
import type { Failed } from './failed-form.js';
import { Panel } from './account-layout.view.js';

interface ProfileProps {
  user: Pick<User, 'email' | 'name' | 'emailVerifiedAt'>;
  failed?: Failed<'name' | 'email'> | undefined;
}

/** Name and address. */
export function ProfileView({ user, failed }: ProfileProps) {
  const t = useTexts();
  const wrong = (form: 'name' | 'email', field: string) => {
    const key = failed?.form === form ? failed.errors?.[field] : undefined;
    return key && t(key);
  };
  return (
    <>
      <Panel title={t('profile.name')} lead={t('profile.nameLead')}>
        <form method="post" action="/account/name">
          <Field
            id="name"
            label={t('field.name')}
            autocomplete="name"
            maxLength={100}
            value={failed?.typed?.['name'] ?? user.name ?? undefined}
            error={wrong('name', 'name')}
          />
          <Submit>{t('profile.save')}</Submit>
        </form>
      </Panel>
      <Panel title={t('profile.email')} lead={t('profile.emailLead')}>
        {failed?.form === 'email' && failed.problem && (
          <Notice kind="error">{t(failed.problem.key, failed.problem.values)}</Notice>
        )}
        <p class="fact">
          <bdi>{user.email}</bdi>{' '}
          <span class={user.emailVerifiedAt ? 'tag good' : 'tag'}>
            {t(user.emailVerifiedAt ? 'profile.proved' : 'profile.unproved')}
          </span>
        </p>
        <form method="post" action="/account/email">
          <EmailField
            id="new-email"
            autocomplete="email"
            label={t('profile.newEmail')}
            value={failed?.typed?.['email']}
            error={wrong('email', 'email')}
          />
          <PasswordField purpose="current" error={wrong('email', 'password')} />
          <Submit kind="secondary">{t('profile.changeEmail')}</Submit>
        </form>
      </Panel>
    </>
  );
}
