import { defineConfig } from 'orval';

/** The server is the one that run.mjs starts. */
export default defineConfig({
  gatehouse: {
    input: './generated/openapi.json',
    output: { target: './generated/orval.ts', client: 'fetch', baseUrl: process.env['BASE'] ?? '' },
  },
});
