/** The text that was dropped: of a file, or as it is. */
export async function textOfDrop(event: DragEvent): Promise<string | undefined> {
  const { files } = event.dataTransfer ?? {};
  const [file] = files ?? [];
  if (!file) return undefined;
  event.preventDefault();
  return file.text();
}
