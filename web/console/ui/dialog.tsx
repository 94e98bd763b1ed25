import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../texts.js';
import { Icon } from './icons.js';

export interface DialogProps {
  title: string;
  onClose: () => void;
  /** At the end of the window and as high as it, for what is long. */
  isWide?: boolean;
  children: ComponentChildren;
}

/** The browser's own modal dialog: it keeps the focus in, and gives it back to what had it. */
export function Dialog({ title, onClose, isWide, children }: DialogProps) {
  const id = useId();
  const ref = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const dialog = ref.current!;
    dialog.showModal();
    // Its removal alone would leave the focus nowhere.
    return () => {
      dialog.close();
      if (document.activeElement === document.body) document.getElementById('main')?.focus();
    };
  }, []);
  return (
    <dialog
      ref={ref}
      class={isWide ? 'wide' : undefined}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === ref.current && onClose()}
    >
      <div class="inner">
        <header>
          <h2 id={id}>{title}</h2>
          <button type="button" class="icon" aria-label={t('action.close')} onClick={onClose}>
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
