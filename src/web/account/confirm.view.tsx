import { Notice, Submit } from '../views/fields.view.js';
import { useTexts } from '../views/page-context.js';
import type { ProblemText } from '../views/problem-texts.js';
import type { TextValues } from '../../platform/texts/texts.types.js';
import type { TextKey } from '../views/texts.types.js';

interface ConfirmProps {
  text: TextKey;
  values?: TextValues;
  action: string;
  button: TextKey;
  /** Where to go instead. */
  back: string;
  isDangerous?: boolean;
  problem?: ProblemText | undefined;
}

/** Asks before something that cannot be taken back. */
export function ConfirmView({
  text,
  values,
  action,
  button,
  back,
  isDangerous = false,
  problem,
}: ConfirmProps) {
  const t = useTexts();
  return (
    <section class="panel single">
      {problem && <Notice kind="error">{t(problem.key, problem.values)}</Notice>}
      <p>{t(text, values)}</p>
      <form method="post" action={action} class="actions">
        <Submit kind={isDangerous ? 'danger' : 'primary'}>{t(button)}</Submit>
        <a class="button quiet" href={back}>
          {t('confirm.cancel')}
        </a>
      </form>
    </section>
  );
}
