import './page/tool.css';
import { render } from 'preact';
import { place } from './page/settings.js';
import { now, takeFragment } from './page/state.js';
import { Tool } from './page/tool.js';

takeFragment();
addEventListener('hashchange', takeFragment);
// A hidden page needs no countdown.
setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, 1000);
render(<Tool />, place);
