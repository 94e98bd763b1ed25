import { type FormatName } from '../transfer/transfer.types.js';
import type { INestApplicationContext } from '@nestjs/common';
import { OPERATOR } from '../../platform/access/actor.js';
import { ResourcesTransferService } from '../transfer/resources-transfer.service.js';
import { UsersTransferService } from '../transfer/users-transfer.service.js';
import { exportFile } from './export-file.js';
import { readHashConfig } from './hash-config.js';
import { importFile } from './import-file.js';
import type { Outcome } from './outcome.js';
import type { CommandContext } from './command-context.js';
import { serviceOf } from './service-of.js';

export interface ImportOptions {
  update?: true;
  format: FormatName;
  hashConfig?: string;
}

/** The operator may give and change what they like; the audit trail says that it was them. */
export async function usersImport(
  app: INestApplicationContext,
  file: string,
  { update, format, hashConfig }: ImportOptions,
  context: CommandContext,
): Promise<Outcome> {
  const hashing = hashConfig === undefined ? undefined : await readHashConfig(hashConfig);
  const transfer = serviceOf(app, UsersTransferService, 'transfer');
  const options = { isUpdating: update === true, format, hashing };
  return importFile(file, context, (source) => transfer.import(source, options, OPERATOR));
}

export async function usersExport(
  app: INestApplicationContext,
  file: string,
  { secrets }: { secrets?: true },
  context: CommandContext,
): Promise<Outcome | void> {
  const transfer = serviceOf(app, UsersTransferService, 'transfer');
  return exportFile(file, context, transfer.export(secrets === true, OPERATOR), await transfer.count());
}

export async function resourcesImport(
  app: INestApplicationContext,
  file: string,
  { update }: { update?: true },
  context: CommandContext,
): Promise<Outcome> {
  const transfer = serviceOf(app, ResourcesTransferService, 'transfer');
  return importFile(file, context, (source) => transfer.import(source, update === true, OPERATOR));
}

export async function resourcesExport(
  app: INestApplicationContext,
  file: string,
  context: CommandContext,
): Promise<Outcome | void> {
  const transfer = serviceOf(app, ResourcesTransferService, 'transfer');
  return exportFile(file, context, transfer.export(OPERATOR), await transfer.count());
}
