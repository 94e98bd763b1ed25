import type { ComponentChildren } from 'preact';
import { useTexts } from '../views/page-context.js';
import { PasskeyIcon } from './passkey-icon.view.js';

interface PasskeyFormProps {
  /** Where the passkey is sent to. */
  action: string;
  next: string;
  /** Whether the browser may offer passkeys by itself, in the field of the address. Not after one has failed. */
  conditional?: boolean;
  unknownPasskey?: string | undefined;
  /** What the button says. */
  children: ComponentChildren;
  /** Hidden fields to send along. */
  fields?: Record<string, string>;
  kind?: 'primary' | 'secondary';
}

/** A form that a script fills in with a passkey and sends; room is kept for it, so that nothing moves when it appears. */
export function PasskeyForm({
  action,
  next,
  conditional,
  unknownPasskey,
  children,
  fields = {},
  kind = 'secondary',
}: PasskeyFormProps) {
  const t = useTexts();
  return (
    <form
      method="post"
      action={action}
      class="passkey"
      data-passkey="get"
      data-conditional={conditional ? '' : undefined}
      data-unknown={unknownPasskey}
    >
      <input type="hidden" name="continue" value={next} />
      <input type="hidden" name="passkey" />
      {Object.entries(fields).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      <button class={kind}>
        <PasskeyIcon />
        {children}
      </button>
      <p class="hint" role="status" data-failed={t('passkey.failed')} />
    </form>
  );
}
