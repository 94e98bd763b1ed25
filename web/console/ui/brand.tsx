/** What stands for an operator who has set no logo: the mark of Gatehouse, and the name. */
export function NamedMark({ name }: { name: string }) {
  return (
    <>
      <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
        <path d="M4 29V14a12 12 0 0 1 24 0v15h-6V14a6 6 0 0 0-12 0v15z" />
        <path d="M14.5 29V15.5a1.5 1.5 0 0 1 3 0V29z" />
      </svg>
      <span class="name">{name}</span>
    </>
  );
}
