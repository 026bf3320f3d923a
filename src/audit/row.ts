import { createHash, createHmac } from 'node:crypto'
import type { Schema } from '../store/schema.ts'
import type { Action } from './action.ts'

/** One fact of the audit trail. Ids are UUIDs, and no field has a secret. */
export type AuditRow = Schema['audit']

/** A fact that waits for its place in the chain. */
export type PendingRow = Schema['audit_pending']

/** The ends of the chain. */
export type AuditHead = Pick<Schema['audit_head'], 'seq' | 'hash' | 'base_seq' | 'base_hash'>

/** The hash of a row. JSON keeps the fields apart. @param before the hash of the row before */
export function hashRow(before: string, row: Omit<AuditRow, 'hash'>): string {
  const { seq, at, action, actor, subject, address, request_id, details } = row
  const fields = [before, seq, at, action, actor, subject, address, request_id, details]
  return createHash('sha256').update(JSON.stringify(fields)).digest('base64url')
}

/** The row that says that the seal of the head did not fit when the rows behind it were appended. */
export const resealed = 'audit.resealed' satisfies Action

/**
 * Whether the head has the seal that it must have. A head without rows needs none.
 * @param mac the seal that the head has
 */
export function isSealed(head: AuditHead, mac: string | null, secret: string): boolean {
  return mac === sealHead(head, secret) || (mac === null && head.seq === 0)
}

/**
 * The seal of the head. A person who can write the database, and has no LATCHKEY_SECRET, can neither cut off the last rows nor
 * make another chain.
 * @param secret LATCHKEY_SECRET. Empty: there is no seal
 */
export function sealHead({ seq, hash, base_seq, base_hash }: AuditHead, secret: string): string | null {
  if (secret === '') return null
  const fields = ['latchkey audit', seq, hash, base_seq, base_hash]
  return createHmac('sha256', secret).update(JSON.stringify(fields)).digest('base64url')
}
