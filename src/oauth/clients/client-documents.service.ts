import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Settings } from '../../platform/config/settings.js';
import { isUniqueViolation } from '../../platform/database/database.errors.js';
import { Database } from '../../platform/database/database.service.js';
import { DocumentsService } from '../../platform/outbound/documents.service.js';
import { OutboundRefused } from '../../platform/outbound/outbound.errors.js';
import { checkMetadata, type ClientMetadata } from './client-metadata.js';
import { ClientMemory } from './client-memory.service.js';
import type { KnownClient } from './client.types.js';
import { InvalidClientMetadata, UnreadableClientDocument } from './clients.errors.js';
import { ClientsService, newClient } from './clients.service.js';
import { OAuthClient } from './oauth-client.entity.js';
import { metadataOf } from './registration.dto.js';

const DOCUMENT_BYTES = 5 * 1024;
const LONGEST = 500;

/** Clients that are known by the URL of their metadata (draft-ietf-oauth-client-id-metadata-document), as MCP clients are. */
@Injectable()
export class ClientDocumentsService {
  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly documents: DocumentsService,
    private readonly clients: ClientsService,
    private readonly memory: ClientMemory,
  ) {}

  /** Whether a client calls itself by a URL. */
  isDocument(clientId: string): boolean {
    return /^https?:\/\//i.test(clientId);
  }

  /**
   * The client whose metadata stand at this URL, read again once they have expired; its row keeps what people allowed it.
   * @throws UnreadableClientDocument
   */
  async find(clientId: string): Promise<KnownClient | undefined> {
    if (this.settings.CLIENT_DOCUMENTS === 'off' || !this.isAllowed(clientId)) return undefined;
    const known = await this.clients.find(clientId);
    if (known && (known.documentExpiresAt?.getTime() ?? 0) > Date.now()) return known;
    const { metadata, expiresAt } = await this.read(clientId);
    await this.store(clientId, metadata, expiresAt, known);
    return this.clients.find(clientId);
  }

  /** A path, and nothing that two spellings could mean (§3 of the draft). */
  private isAllowed(clientId: string): boolean {
    if (clientId.length > LONGEST || !URL.canParse(clientId)) return false;
    const { hostname, pathname, hash, username, password, href } = new URL(clientId);
    const { CLIENT_DOCUMENT_HOSTS } = this.settings;
    return (
      href === clientId &&
      pathname !== '/' &&
      hash === '' &&
      username === '' &&
      password === '' &&
      (CLIENT_DOCUMENT_HOSTS.length === 0 || CLIENT_DOCUMENT_HOSTS.includes(hostname))
    );
  }

  private async read(clientId: string): Promise<{ metadata: ClientMetadata; expiresAt: Date }> {
    try {
      const { document, expiresAt } = await this.documents.get(clientId, DOCUMENT_BYTES);
      // Or a document could be shown as that of another client.
      if (document['client_id'] !== clientId)
        throw new UnreadableClientDocument('its client_id is not its URL.');
      if ('client_secret' in document) throw new UnreadableClientDocument('it holds a secret.');
      const metadata = metadataOf({ token_endpoint_auth_method: 'none', ...document });
      if (!['none', 'private_key_jwt'].includes(metadata.authMethod))
        throw new UnreadableClientDocument('its client would authenticate by a shared secret.');
      checkMetadata(metadata);
      return { metadata, expiresAt: new Date(expiresAt) };
    } catch (error) {
      if (error instanceof OutboundRefused) throw new UnreadableClientDocument(`${error.message}.`, error);
      if (error instanceof InvalidClientMetadata) throw new UnreadableClientDocument(error.detail, error);
      throw error;
    }
  }

  private async store(
    clientId: string,
    metadata: ClientMetadata,
    documentExpiresAt: Date,
    known: KnownClient | undefined,
  ): Promise<void> {
    if (known) {
      const change = { ...metadata, documentExpiresAt, updatedAt: new Date() };
      const changing = this.database.update(OAuthClient, { id: known.id }, change);
      await this.database.atomically([changing, ...this.memory.outdating(known.id)]);
      return;
    }
    const settings = { ...metadata, kind: 'document' as const, serviceAccountId: null, skipConsent: false };
    const client = { ...newClient(uuidv7(), clientId, settings, null), documentExpiresAt };
    try {
      await this.database.run(this.database.insert(OAuthClient, client));
    } catch (error) {
      // Another request has read it at the same time.
      if (!isUniqueViolation(error)) throw error;
    }
  }
}
