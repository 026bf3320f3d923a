import type { IncomingMessage } from 'node:http'
import { Refusal } from '../refusal.ts'

/** A request whose body was read. */
export interface ReadRequest {
  raw: IncomingMessage
  body: unknown
}

/** The parameters of a request. A parameter without a value counts as omitted (RFC 6749 §3.2). */
export type Parameters = Map<string, string>

/**
 * Reads the parameters of a form.
 * @throws Refusal media_type_unsupported for another kind of body, request_invalid for a parameter that is sent twice
 */
export function readForm({ raw, body }: ReadRequest): Parameters {
  const isEmpty = typeof body !== 'object' || body === null || Object.keys(body).length === 0
  if (isEmpty) return new Map()
  const type = raw.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
  if (type !== 'application/x-www-form-urlencoded') throw new Refusal('media_type_unsupported')
  return readParameters(body as Record<string, unknown>)
}

/** @throws Refusal request_invalid for a parameter that is sent twice, or is no text */
export function readParameters(fields: Record<string, unknown>): Parameters {
  const parameters: Parameters = new Map()
  for (const [name, value] of Object.entries(fields)) {
    if (Array.isArray(value)) throw invalid(`the parameter ${name} is sent twice`)
    if (typeof value !== 'string') throw invalid(`the parameter ${name} is no text`)
    if (value !== '') parameters.set(name, value)
  }
  return parameters
}

/** @throws Refusal request_invalid */
export function requireParameter(parameters: Parameters, name: string): string {
  const value = parameters.get(name)
  if (value === undefined) throw invalid(`the parameter ${name} is missing`)
  return value
}

/** @param subject one clause that says what is wrong */
export function invalid(subject: string): Refusal {
  return new Refusal('request_invalid', { subject })
}
