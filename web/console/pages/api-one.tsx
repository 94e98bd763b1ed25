import type { PageProps } from '../pages.js';
import { Gateway } from './gateway/gateway.js';
import { OneApi } from './gateway/one-api.js';

/** The gateway, or an API that it serves. */
export default function ApiOne({ id }: PageProps) {
  return id === 'gateway' ? <Gateway /> : <OneApi id={id} />;
}
