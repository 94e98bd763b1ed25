import { signal } from '@preact/signals';

const SHOWN_MS = 6_000;
const said = signal<{ id: number; text: string }[]>([]);
let last = 0;

/** Says what has been done, for a moment. */
export function say(text: string): void {
  const id = ++last;
  said.value = [...said.value, { id, text }];
  setTimeout(() => (said.value = said.value.filter((each) => each.id !== id)), SHOWN_MS);
}

export function Toasts() {
  return (
    <div class="toasts" role="status">
      {said.value.map(({ id, text }) => (
        <p key={id}>{text}</p>
      ))}
    </div>
  );
}
