import { Submit } from '../views/fields.view.js';
import { useTexts } from '../views/page-context.js';

/** Asks before an application is signed out. */
export function RevokeApplicationView({
  name,
  action,
  back,
}: {
  name: string;
  action: string;
  back: string;
}) {
  const t = useTexts();
  return (
    <section class="panel single">
      <p>{t('apps.revokeText', { name })}</p>
      <form method="post" action={action} class="actions">
        <Submit kind="danger">{t('apps.revoke')}</Submit>
        <a class="button quiet" href={back}>
          {t('confirm.cancel')}
        </a>
      </form>
    </section>
  );
}
