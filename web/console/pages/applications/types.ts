import type { ClientResponse, SecretResponse } from '../../../../src/oauth/clients/client-responses.dto.js';
import type { ClientGrantResponse } from '../../../../src/oauth/consents/client-grants.dto.js';
import type { LogoutDeliveryResponse } from '../../../../src/oauth/provider/logout-deliveries.dto.js';
import type { Wire } from '../../api.js';

export type Application = Wire<ClientResponse>;
export type MadeApplication = Application & { clientSecret?: string };
export type Secret = Wire<SecretResponse>;
export type ApplicationGrant = Wire<ClientGrantResponse>;
export type LogoutDelivery = Wire<LogoutDeliveryResponse>;

/** What an application is, in words, and what that means for its registration (OAuth 2.1 §2.1). */
export const SHAPES = {
  web: { applicationType: 'web', authMethod: 'client_secret_basic' },
  browser: { applicationType: 'web', authMethod: 'none' },
  native: { applicationType: 'native', authMethod: 'none' },
  machine: {
    applicationType: 'web',
    authMethod: 'client_secret_basic',
    grantTypes: ['client_credentials'],
  },
} as const;
export type Shape = keyof typeof SHAPES;
