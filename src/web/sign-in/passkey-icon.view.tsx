/** A head and a key. */
export function PasskeyIcon() {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true">
      <circle cx="9" cy="7" r="4" />
      <path d="M2 20c0-3.6 2.9-6 7-6 1.4 0 2.7.3 3.7.8" />
      <circle cx="18" cy="13.5" r="2.5" />
      <path d="M18 16v5.5M18 19h2" />
    </svg>
  );
}
