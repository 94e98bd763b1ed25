import type { ApiKeyResponse, MadeApiKeyResponse } from '../../src/accounts/api-keys/api-keys.dto.js';
import type { RoleResponse, ScopeResponse } from '../../src/accounts/roles/roles.dto.js';
import type { UserResponse } from '../../src/accounts/users/users.dto.js';
import type { AuditEventResponse } from '../../src/platform/audit/audit.dto.js';
import type { KeyResponse } from '../../src/tokens/keys/keys.dto.js';
import type { Wire } from './api.js';

export type User = Wire<UserResponse> & { secondFactor?: boolean };
export type Role = Wire<RoleResponse>;
export type Scope = Wire<ScopeResponse>;
export type Event = Wire<AuditEventResponse>;
export type ApiKey = Wire<ApiKeyResponse>;
export type MadeApiKey = Wire<MadeApiKeyResponse>;
export type SigningKey = Wire<KeyResponse> & { rotatesAt?: string | null };

/** A sign-in of a user on one device. */
export interface Session {
  id: string;
  device: string | null;
  ip: string | null;
  createdAt: string;
  lastUsedAt: string;
  expiresAt: string;
  amr: string[];
  client: string | null;
  current: boolean;
}
