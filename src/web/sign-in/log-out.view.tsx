import { Submit } from '../views/fields.view.js';
import { useTexts } from '../views/page-context.js';

interface LogOutProps {
  /** The sign-out that another application asks for, to go on with; `undefined` where the user began it. */
  next: string | undefined;
}

/** A button, for a GET changes nothing. */
export function LogOutView({ next }: LogOutProps) {
  const t = useTexts();
  return (
    <>
      <h1>{t('logOut.title')}</h1>
      <p class="lead">{t(next === undefined ? 'logOut.lead' : 'logOut.asked')}</p>
      <form method="post" action="/logout">
        {next !== undefined && <input type="hidden" name="continue" value={next} />}
        <Submit>{t('logOut.submit')}</Submit>
      </form>
      <p class="other">
        <a href="/account">{t(next === undefined ? 'stepUp.back' : 'logOut.stay')}</a>
      </p>
    </>
  );
}
