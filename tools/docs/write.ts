import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { generatedFiles } from './generated.js';

/** `npm run docs`: writes what the documentation takes from the source. */
for (const [path, text] of Object.entries(generatedFiles())) writeFileSync(path, text);
