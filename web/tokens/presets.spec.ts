import { describe, expect, it } from 'vitest';
import { generateKey, writeKey } from './key-writing.js';
import { presetsFor } from './presets.js';
import { report } from './report.js';
import { sign } from './signing.js';
import { snippetsFor } from './snippets.js';

const NOW = Date.UTC(2026, 10, 30, 12);
const SECONDS = NOW / 1000;

describe('presets and snippets', () => {
  const presets = presetsFor('https://id.example', SECONDS);

  it.each(presets.map((each) => [each.name, each] as const))(
    '%s is a whole token of its kind',
    async (_, { alg, header, claims }) => {
      const key = await generateKey(alg);
      const jwk = header['typ'] === 'dpop+jwt' ? { jwk: (await writeKey(key)).publicJwk } : {};
      const { remarks: said, lifetime } = report(
        await sign({ ...header, ...jwk }, JSON.stringify(claims), key),
        { now: NOW },
      );
      expect(said.filter(({ severity }) => severity !== 'info')).toEqual([]);
      expect(lifetime!.state).not.toBe('expired');
    },
  );

  it('snippets name issuer, audience, keys and algorithms', () => {
    const settings = {
      issuer: 'https://id.example',
      audience: 'https://api.example',
      jwksUri: 'https://id.example/.well-known/jwks.json',
      algorithms: ['ES256', 'RS256'],
    };
    for (const { language, code } of snippetsFor(settings)) {
      expect(code, language).toContain('https://id.example');
      if (language === 'nginx') continue;
      expect(code, language).toContain('https://api.example');
      expect(code, language).toMatch(/at\+jwt/);
      expect(code, language).toMatch(/ES256.*RS256/);
    }
  });
});
