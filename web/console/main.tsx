import '../styles/console.css';
import { render } from 'preact';
import { followLinks } from './router.js';
import { place } from './settings.js';
import { Shell } from './shell.js';
import { loadTexts } from './texts.js';

followLinks();
// With an `await` of the module's own, what pages share would be bundled as files of their own.
void loadTexts().then(() => {
  place.replaceChildren();
  render(<Shell />, place);
});
