import { useSignal } from '@preact/signals';
import { Icon } from './icon.js';
import { t } from './texts.js';

const SHOWN_MS = 2_000;

interface CopyButtonProps {
  /** What is dear to make is made when it is copied. */
  text: string | (() => string);
  label?: string;
  isQuiet?: boolean;
}

/** Copies a text, and says so for a moment. */
export function CopyButton({ text, label, isQuiet }: CopyButtonProps) {
  const isCopied = useSignal(false);
  const copy = async () => {
    await navigator.clipboard.writeText(typeof text === 'string' ? text : text());
    isCopied.value = true;
    setTimeout(() => (isCopied.value = false), SHOWN_MS);
  };
  return (
    <button class={isQuiet ? 'quiet small' : 'small'} type="button" onClick={copy} disabled={text === ''}>
      <Icon name="copy" />
      <span aria-live="polite">{isCopied.value ? t('copied') : (label ?? t('copy'))}</span>
    </button>
  );
}
