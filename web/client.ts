/** A user as the API shows one. */
export interface User {
  id: string;
  email: string;
  name: string | null;
  [more: string]: unknown;
}

/** Who is signed in, and what their token may do. */
export interface Session {
  user: User;
  scopes: string[];
}

/** A second factor that a sign-in waits for. */
export interface Challenge {
  token: string;
  methods: ('totp' | 'passkey' | 'recovery_code')[];
}

/** What came of a sign-in: a session, or what is needed before there is one. */
export type Outcome =
  { session: Session } | { needs: 'second_factor'; challenge: Challenge } | { needs: 'verification' };

/** A code of an authenticator application or a recovery code, or a passkey that the browser asks for. */
export type Proof = { code: string } | { passkey: true };

/** An answer that is a problem (RFC 9457). Decide by `code`. */
export class ProblemError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** What is wrong with which field. */
    readonly errors: { field: string; message: string }[] = [],
    /** All members of the document, such as `challenge_token`. */
    readonly problem: Record<string, unknown> = {},
  ) {
    super(message);
  }
}

export interface ClientOptions {
  /** Has the user prove once more who they are, such as by a dialog that calls `stepUp`; `true` repeats the request. */
  onStepUp?: () => Promise<boolean>;
  /** Who is signed in, where the page was told when it came. */
  session?: Session;
}

type Listener = (session: Session | null) => void;
type Json = Record<string, unknown>;

/** Looked at again when the page is seen after this long. */
const STALE_MS = 60_000;

/**
 * A client of a Gatehouse. On its own origin the session is in HttpOnly cookies that no script can read; elsewhere the
 * tokens are in memory, and end with the page.
 * @param url the origin of the server, this page's own when it is left out
 */
export function createClient(
  url: string = globalThis.location?.origin,
  { onStepUp, session }: ClientOptions = {},
) {
  const isOwn = url === globalThis.location?.origin;
  const channel = new BroadcastChannel('gatehouse');
  const listeners = new Set<Listener>();
  let tokens: { access_token: string; refresh_token: string } | undefined;
  let current: Session | null = session ?? null;
  let refreshing: Promise<boolean> | undefined;
  let refreshes = 0;
  let seenAt = 0;

  const send = (path: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    if (tokens) headers.set('authorization', `Bearer ${tokens.access_token}`);
    return globalThis.fetch(new URL(path, url), {
      ...init,
      headers,
      credentials: isOwn ? 'same-origin' : 'omit',
    });
  };

  const post = async (path: string, body: Json = {}): Promise<Json> => read(await send(path, asJson(body)));

  /** One at a time, for all requests that wait. The server's reuse window makes those of other tabs harmless. */
  const refresh = () =>
    (refreshing ??= (async () => {
      if (!isOwn && !tokens) return false;
      try {
        keep(await post('/v1/auth/refresh', tokens && { refresh_token: tokens.refresh_token }));
        refreshes++;
        return true;
      } catch (error) {
        // A server that cannot answer says nothing of the session.
        if (!(error instanceof ProblemError && error.status === 401)) throw error;
        tokens = undefined;
        return false;
      }
    })().finally(() => (refreshing = undefined)));

  const keep = (answer: Json) => {
    if (!isOwn) tokens = { ...tokens, ...answer } as typeof tokens;
  };

  const change = (next: Session | null, isTold = false) => {
    const said = next ? (current ? 'switched' : 'signed-in') : 'signed-out';
    const isSame = next?.user.id === current?.user.id;
    current = next;
    if (!isSame && !isTold) channel.postMessage(said);
    listeners.forEach((listener) => listener(current));
    return current;
  };

  /** Sends a request as the user: refreshes the session once, and asks for a step-up once, where one is needed. */
  const call = async (path: string, init?: RequestInit): Promise<Response> => {
    const before = refreshes;
    let answer = await send(path, init);
    const code = await codeOf(answer);
    if (['invalid_token', 'unauthenticated'].includes(code!)) {
      // What was sent before a refresh and answered after it needs no other one.
      if (refreshes > before || (await refresh())) answer = await send(path, init);
      else if (current) change(null);
    } else if (code === 'insufficient_user_authentication' && (await onStepUp?.()))
      answer = await send(path, init);
    return answer;
  };

  /** Looks who is signed in. @throws ProblemError, TypeError when the server cannot be reached */
  const load = async (isTold = false): Promise<Session | null> => {
    seenAt = Date.now();
    const answer = await call('/v1/me');
    if (answer.status === 401) return change(null, isTold);
    const user = (await read(answer)) as User;
    const { scopes } = await read(await call('/v1/auth/whoami'));
    return change({ user, scopes: scopes as string[] }, isTold);
  };

  const begin = async (path: string, body: Json): Promise<Outcome> => {
    try {
      const answer = await post(path, { ...body, session: isOwn ? 'cookie' : 'body' });
      if (answer['status'] === 'verification_pending') return { needs: 'verification' };
      const { user, scope, access_token, refresh_token } = answer;
      if (!isOwn) tokens = { access_token, refresh_token } as typeof tokens;
      return { session: change({ user: user as User, scopes: String(scope).split(' ') })! };
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== 'mfa_required') throw error;
      const { challenge_token, methods } = error.problem;
      return {
        needs: 'second_factor',
        challenge: { token: challenge_token, methods } as Challenge,
      };
    }
  };

  const proofOf = async (proof: Proof): Promise<Json> =>
    'code' in proof ? { ...proof } : { passkey: await askForPasskey() };

  const askForPasskey = async (more: CredentialRequestOptions = {}) => {
    const options = (await post('/v1/auth/passkeys/options')) as never;
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
    return ((await navigator.credentials.get({ publicKey, ...more })) as PublicKeyCredential).toJSON();
  };

  const again = () => void load(true).catch(() => {});
  channel.addEventListener('message', again);
  const onVisible = () => {
    if (document.visibilityState === 'visible' && Date.now() - seenAt > STALE_MS) again();
  };
  globalThis.document?.addEventListener('visibilitychange', onVisible);

  return {
    fetch: call,
    session: {
      get current() {
        return current;
      },
      load: () => load(),
      /** Called at each change, in this tab or another. Gives what ends it. */
      subscribe(listener: Listener): () => void {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
    signIn: (who: { email: string; password: string; scope?: string }) => begin('/v1/auth/login', who),
    signUp: (who: { email: string; password: string; name?: string }) => begin('/v1/auth/signup', who),
    /** Goes on with a sign-in that needs a second factor. */
    continue: async ({ token }: Challenge, proof: Proof) =>
      begin('/v1/auth/mfa/challenge', { challenge_token: token, ...(await proofOf(proof)) }),
    /** `{ mediation: 'conditional' }` has the browser offer passkeys in a field with `autocomplete="username webauthn"`. */
    passkey: async (more?: CredentialRequestOptions) =>
      begin('/v1/auth/passkeys', { passkey: await askForPasskey(more) }),
    /** Proves once more who it is, for what answers `insufficient_user_authentication`. */
    stepUp: async (proof: Proof | { password: string }) =>
      keep(
        await read(
          await call('/v1/auth/step-up', asJson('password' in proof ? { ...proof } : await proofOf(proof))),
        ),
      ),
    signOut: async (): Promise<void> => {
      const answer = await call('/v1/auth/logout', { method: 'POST' });
      if (answer.status !== 401) await read(answer);
      tokens = undefined;
      change(null);
    },
    /** For a page that goes on without it. */
    close(): void {
      channel.close();
      globalThis.document?.removeEventListener('visibilitychange', onVisible);
    },
  };
}

export type Client = ReturnType<typeof createClient>;

function asJson(body: Json): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** The body of an answer. @throws ProblemError */
async function read(answer: Response): Promise<Json> {
  const text = await answer.text();
  const isJson = /[/+]json/.test(answer.headers.get('content-type') ?? '');
  const body = (isJson && text ? JSON.parse(text) : {}) as Json;
  if (answer.ok) return body;
  const { code = 'unknown', detail = answer.statusText, errors } = body;
  throw new ProblemError(answer.status, String(code), String(detail), errors as never, body);
}

/** The answer itself is left for the caller to read. */
async function codeOf(answer: Response): Promise<string | undefined> {
  if (answer.status !== 401) return undefined;
  const body = (await answer
    .clone()
    .json()
    .catch(() => ({}))) as Json;
  return body['code'] as string | undefined;
}
