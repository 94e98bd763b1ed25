import { textIn } from './json.js';

/** A JSON Web Key (RFC 7517), public, private or secret. */
export interface Jwk {
  kty: string;
  kid?: string;
  alg?: string;
  use?: string;
  crv?: string;
  x?: string;
  y?: string;
  d?: string;
  n?: string;
  e?: string;
  p?: string;
  q?: string;
  dp?: string;
  dq?: string;
  qi?: string;
  k?: string;
  pub?: string;
  priv?: string;
  x5c?: string[];
}

/** A signature algorithm of JWS: which keys it takes, and who computes it. */
export interface Algorithm {
  name: string;
  kty: 'oct' | 'RSA' | 'EC' | 'OKP' | 'AKP';
  /** Any of these. */
  curves?: readonly string[];
  /** WebCrypto, or one of the libraries that are loaded when they are needed. */
  engine: 'webcrypto' | 'secp256k1' | 'ed448' | 'ml-dsa';
  /** What WebCrypto is told when it imports the key, and the same with the rest when it signs. */
  parameters?: RsaHashedImportParams | EcKeyImportParams | HmacImportParams | { name: string };
  operation?: RsaPssParams | EcdsaParams | { name: string };
  /** Of the hash, which is the least for a secret (RFC 7518 §3.2). */
  hashBits: 256 | 384 | 512;
  /** Bytes, where every signature has the same number. */
  signatureLength?: number;
}

const SIZES = [256, 384, 512] as const;
const CURVES = { 256: 'P-256', 384: 'P-384', 512: 'P-521' } as const;
const EC_LENGTHS = { 256: 64, 384: 96, 512: 132 } as const;

const ED25519: Omit<Algorithm, 'name'> = {
  kty: 'OKP',
  curves: ['Ed25519'],
  engine: 'webcrypto',
  parameters: { name: 'Ed25519' },
  operation: { name: 'Ed25519' },
  hashBits: 512,
  signatureLength: 64,
};
const ED448: Omit<Algorithm, 'name'> = {
  kty: 'OKP',
  curves: ['Ed448'],
  engine: 'ed448',
  hashBits: 512,
  signatureLength: 114,
};
const ML_DSA_LENGTHS = { 'ML-DSA-44': 2420, 'ML-DSA-65': 3309, 'ML-DSA-87': 4627 };

/** RFC 7518 §3.1, RFC 8037 §3.1, RFC 8812 §3.2, RFC 9864 §2, and ML-DSA of FIPS 204. */
export const ALGORITHMS: readonly Algorithm[] = [
  ...SIZES.flatMap((bits): Algorithm[] => {
    const hash = `SHA-${bits}`;
    const curve = CURVES[bits];
    const pss = { name: 'RSA-PSS', hash };
    const pkcs1 = { name: 'RSASSA-PKCS1-v1_5', hash };
    const ecdsa = { name: 'ECDSA', namedCurve: curve };
    return [
      {
        name: `HS${bits}`,
        kty: 'oct',
        parameters: { name: 'HMAC', hash },
        operation: { name: 'HMAC' },
        signatureLength: bits / 8,
      },
      { name: `RS${bits}`, kty: 'RSA', parameters: pkcs1, operation: pkcs1 },
      { name: `PS${bits}`, kty: 'RSA', parameters: pss, operation: { ...pss, saltLength: bits / 8 } },
      {
        name: `ES${bits}`,
        kty: 'EC',
        curves: [curve],
        parameters: ecdsa,
        operation: { name: 'ECDSA', hash },
        signatureLength: EC_LENGTHS[bits],
      },
    ].map((each) => ({ engine: 'webcrypto', hashBits: bits, ...each }) as Algorithm);
  }),
  { name: 'EdDSA', ...ED25519, curves: ['Ed25519', 'Ed448'] },
  { name: 'Ed25519', ...ED25519 },
  { name: 'Ed448', ...ED448 },
  {
    name: 'ES256K',
    kty: 'EC',
    curves: ['secp256k1'],
    engine: 'secp256k1',
    hashBits: 256,
    signatureLength: 64,
  },
  ...Object.entries(ML_DSA_LENGTHS).map(([name, signatureLength]): Algorithm => ({
    name,
    kty: 'AKP',
    engine: 'ml-dsa',
    hashBits: 512,
    signatureLength,
  })),
];

/** What an `alg` means for one key: EdDSA is Ed25519 or Ed448, as the key says. */
export function algorithmFor(alg: unknown, key?: Jwk): Algorithm | undefined {
  const algorithm = ALGORITHMS.find(({ name }) => name === alg);
  return algorithm?.name === 'EdDSA' && key?.crv === 'Ed448' ? { ...ED448, name: 'EdDSA' } : algorithm;
}

/** Whether a key is of the type, the curve and the parameter set that an algorithm works with. */
export function fits({ name, kty, curves }: Algorithm, key: Jwk): boolean {
  if (key.kty !== kty) return false;
  if (kty === 'AKP') return key.alg === name;
  return !curves || curves.includes(key.crv ?? '');
}

/** The algorithms that a key can sign with, the usual one first. */
export function algorithmsOf(key: Jwk): Algorithm[] {
  return ALGORITHMS.filter((algorithm) => fits(algorithm, key)).toSorted(
    (a, b) => Number(b.name === key.alg) - Number(a.name === key.alg),
  );
}

export function isPrivate(key: Jwk): boolean {
  return key.kty === 'oct' || textIn({ ...key }, 'd') !== undefined || key.priv !== undefined;
}

/** The public half of a key; a secret has none. */
export function publicOf({ kty, kid, alg, use, crv, x, y, n, e, pub }: Jwk): Jwk {
  return withoutAbsent({ kty, kid, alg, use, crv, x, y, n, e, pub });
}

/** Members that are there, in the order in which keys are usually written. */
export function withoutAbsent(key: { [Name in keyof Jwk]: Jwk[Name] | undefined }): Jwk {
  return Object.fromEntries(Object.entries(key).filter(([, value]) => value !== undefined)) as unknown as Jwk;
}
