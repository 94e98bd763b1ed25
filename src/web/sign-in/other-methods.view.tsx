import type { Method } from '../../accounts/factors/factors.errors.js';
import { useTexts } from '../views/page-context.js';

interface OtherMethodsProps {
  action: string;
  /** The one that is asked for now. */
  method: Method;
  methods: readonly Method[];
  /** Hidden fields to send along. */
  fields: Record<string, string>;
}

/** The way from one second factor to every other, by buttons that need no script. */
export function OtherMethods({ action, method, methods, fields }: OtherMethodsProps) {
  const t = useTexts();
  const others = methods.filter((each) => each !== method);
  if (others.length === 0) return null;
  return (
    <form method="post" action={action} class="methods">
      {Object.entries(fields).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      <p>{t('secondStep.otherWay')}</p>
      {others.map((each) => (
        <button key={each} class="quiet" name="show" value={each}>
          {t(`method.${each}`)}
        </button>
      ))}
    </form>
  );
}
