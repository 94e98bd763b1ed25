import { useState } from 'preact/hooks';
import { settings } from '../../settings.js';
import { t } from '../../texts.js';
import { CopyButton, Section } from '../../ui/parts.js';
import type { Application } from './types.js';

/** How a program uses the application, with what it is called here filled in. */
export function Snippets({ application }: { application: Application }) {
  const snippets = snippetsFor(application);
  const [name, setName] = useState(snippets[0]![0]);
  const text = snippets.find(([each]) => each === name)![1];
  return (
    <Section
      title={t('apps.snippets')}
      lead={t('apps.snippetsLead')}
      actions={
        <>
          <div class="segments" role="group" aria-label={t('apps.snippets')}>
            {snippets.map(([each]) => (
              <button
                key={each}
                type="button"
                class="small"
                aria-pressed={each === name}
                onClick={() => setName(each)}
              >
                {each}
              </button>
            ))}
          </div>
          <CopyButton key={name} text={text} />
        </>
      }
    >
      <pre tabIndex={0}>{text}</pre>
    </Section>
  );
}

function snippetsFor({ clientId, redirectUris, grantTypes, authMethod }: Application): [string, string][] {
  const { issuer } = settings;
  const hasSecret = authMethod.startsWith('client_secret');
  const secret = hasSecret ? `CLIENT_SECRET=…\n` : '';
  const environment: [string, string] = ['.env', `ISSUER=${issuer}\nCLIENT_ID=${clientId}\n${secret}`];
  if (!grantTypes.includes('authorization_code'))
    return [
      [
        'curl',
        `curl ${issuer}/oauth/token \\\n  -u '${clientId}:…' \\\n  -d grant_type=client_credentials\n`,
      ],
      environment,
    ];
  const credential = hasSecret ? `client.ClientSecretBasic(process.env.CLIENT_SECRET)` : 'client.None()';
  const [redirectUri = 'https://shop.example/callback'] = redirectUris;
  return [
    [
      'openid-client',
      `import * as client from 'openid-client';

const config = await client.discovery(new URL('${issuer}'), '${clientId}', undefined, ${credential});
const verifier = client.randomPKCECodeVerifier();
const url = client.buildAuthorizationUrl(config, {
  redirect_uri: '${redirectUri}',
  scope: 'openid email',
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
});
// At the redirect URI:
const tokens = await client.authorizationCodeGrant(config, currentUrl, { pkceCodeVerifier: verifier });
`,
    ],
    ['curl', `curl ${issuer}/.well-known/openid-configuration\n`],
    environment,
  ];
}
