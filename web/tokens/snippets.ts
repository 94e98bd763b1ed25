/** A program that verifies an access token of this server. */
export interface Snippet {
  language: string;
  library: string;
  code: string;
}

/** What every verifier has to be told. */
export interface VerifierSettings {
  issuer: string;
  audience: string;
  jwksUri: string;
  /** Of the keys that are published now. */
  algorithms: readonly string[];
}

/** How to verify our tokens, with this server's values filled in. */
export function snippetsFor({ issuer, audience, jwksUri, algorithms }: VerifierSettings): Snippet[] {
  const list = (quote: string) => algorithms.map((each) => `${quote}${each}${quote}`).join(', ');
  return [
    {
      language: 'Node.js',
      library: 'jose',
      code: `import { createRemoteJWKSet, jwtVerify } from 'jose';

const keys = createRemoteJWKSet(new URL('${jwksUri}'));
const { payload } = await jwtVerify(token, keys, {
  issuer: '${issuer}',
  audience: '${audience}',
  typ: 'at+jwt',
  algorithms: [${list("'")}],
});`,
    },
    {
      language: 'Python',
      library: 'PyJWT',
      code: `import jwt

keys = jwt.PyJWKClient("${jwksUri}")
claims = jwt.decode(
    token,
    keys.get_signing_key_from_jwt(token).key,
    algorithms=[${list('"')}],
    issuer="${issuer}",
    audience="${audience}",
    options={"require": ["exp", "iat", "sub"]},
)
assert jwt.get_unverified_header(token)["typ"] == "at+jwt"`,
    },
    {
      language: 'Go',
      library: 'golang-jwt and keyfunc',
      code: `keys, err := keyfunc.NewDefault([]string{"${jwksUri}"})
if err != nil {
	return err
}
parsed, err := jwt.Parse(token, keys.Keyfunc,
	jwt.WithValidMethods([]string{${list('"')}}),
	jwt.WithIssuer("${issuer}"),
	jwt.WithAudience("${audience}"),
	jwt.WithExpirationRequired(),
)
if err != nil || parsed.Header["typ"] != "at+jwt" {
	return errors.New("not an access token of ours")
}`,
    },
    {
      language: 'Java',
      library: 'Nimbus JOSE + JWT',
      code: `var processor = new DefaultJWTProcessor<SecurityContext>();
processor.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(new JOSEObjectType("at+jwt")));
processor.setJWSKeySelector(new JWSVerificationKeySelector<>(
    Set.of(${algorithms.map((each) => `JWSAlgorithm.${each}`).join(', ')}),
    JWKSourceBuilder.create(new URL("${jwksUri}")).build()));
processor.setJWTClaimsSetVerifier(new DefaultJWTClaimsVerifier<>("${audience}",
    new JWTClaimsSet.Builder().issuer("${issuer}").build(), Set.of("sub", "exp", "iat")));
JWTClaimsSet claims = processor.process(token, null);`,
    },
    {
      language: 'C#',
      library: 'Microsoft.IdentityModel',
      code: `builder.Services.AddAuthentication("Bearer").AddJwtBearer("Bearer", options =>
{
    options.Authority = "${issuer}";
    options.TokenValidationParameters = new()
    {
        ValidIssuer = "${issuer}",
        ValidAudience = "${audience}",
        ValidTypes = ["at+jwt"],
        ValidAlgorithms = [${list('"')}],
    };
});`,
    },
    {
      language: 'nginx',
      library: 'auth_request',
      code: `location /api/ {
    auth_request /auth;
}
location = /auth {
    internal;
    proxy_pass ${issuer}/v1/auth/whoami;
    proxy_pass_request_body off;
    proxy_set_header Content-Length "";
}`,
    },
  ];
}
