import { useSignal } from '@preact/signals';
import { shareLink } from '../sharing.js';
import { CopyButton } from './copy-button.js';
import { t } from './texts.js';
import { token } from './state.js';

/** A link to the token, without its signature unless that is wished for. */
export function Share() {
  const withSignature = useSignal(false);
  const link = shareLink(location.origin + location.pathname, token.value, {
    withSignature: withSignature.value,
  });
  return (
    <details class="pane">
      <summary>{t('share')}</summary>
      <p class="hint">{t('shareHint')}</p>
      <label class="check">
        <input
          type="checkbox"
          checked={withSignature.value}
          onChange={({ currentTarget }) => (withSignature.value = currentTarget.checked)}
        />
        <span>{t('withSignature')}</span>
      </label>
      <CopyButton text={link} label={t('copyLink')} />
    </details>
  );
}
