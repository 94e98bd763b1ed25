/**
 * Tells how many bytes have gone since the last time, each time it is called.
 * @param count what is told; without it there is no meter
 * @param read all that have gone
 */
export function byteMeter(
  count: ((bytes: number) => void) | undefined,
  read: () => number,
): (() => void) | undefined {
  if (!count) return undefined;
  let told = 0;
  return () => {
    const gone = read();
    if (gone > told) count(gone - told);
    told = gone;
  };
}
