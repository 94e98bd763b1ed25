import { signal } from '@preact/signals';
import type { ComponentType } from 'preact';

export const isPaletteOpen = signal(false);
/** The script of the palette comes when it is first opened. */
export const later = signal<ComponentType | undefined>();

export function openPalette(): void {
  isPaletteOpen.value = true;
  void import('./pages/palette.js').then(({ Palette }) => (later.value = Palette));
}

/** Ctrl+K, or the command key of a Mac, wherever the focus is. */
addEventListener('keydown', (event) => {
  if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.altKey) return;
  event.preventDefault();
  openPalette();
});
