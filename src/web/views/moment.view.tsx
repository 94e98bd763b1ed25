import { usePage } from './page-context.js';
import { relativeTime } from './times.js';

/** A time in words; which zone the visitor is in is not known here, so that a date alone could be wrong. */
export function Moment({ at }: { at: Date }) {
  const { locale } = usePage();
  return (
    <time dateTime={at.toISOString()} title={at.toISOString()}>
      {relativeTime(locale.tag, at)}
    </time>
  );
}
