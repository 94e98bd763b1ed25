import { useTexts } from './page-context.js';
import type { TextKey } from './texts.types.js';

interface DoneProps {
  title: TextKey;
  text: TextKey;
  /** Where to go on, and what the link says. */
  href: string;
  link: TextKey;
}

/** Something has been done; one way on. */
export function DoneView({ title, text, href, link }: DoneProps) {
  const t = useTexts();
  return (
    <>
      <svg class="tick" viewBox="0 0 24 24" aria-hidden="true">
        <circle cx="12" cy="12" r="10" />
        <path d="m7.5 12.5 3 3 6-6.5" />
      </svg>
      <h1>{t(title)}</h1>
      <p>{t(text)}</p>
      <p>
        <a class="button primary" href={href}>
          {t(link)}
        </a>
      </p>
    </>
  );
}
