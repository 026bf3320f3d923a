/** The part of a schema that says which types its fields have. */
export type TypedFields = Record<string, { type?: string; enum?: readonly number[] }>

/**
 * Converts texts whose schema is an integer or a boolean, in a query or in a form. Only plain decimal digits are an integer, and
 * only `true` and `false` are a boolean. Ajv's coercion would also accept `1e1`, `+1` and an empty text. A text that has not the
 * type stays as it is, and the validation refuses it.
 */
export function readPlainValues(fields: Record<string, unknown>, types: TypedFields): void {
  for (const [name, { type, enum: values }] of Object.entries(types)) {
    const text = fields[name]
    if (typeof text !== 'string') continue
    if (type === 'integer') fields[name] = readInteger(text, values)
    if (type === 'boolean' && (text === 'true' || text === 'false')) fields[name] = text === 'true'
  }
}

function readInteger(text: string, values: readonly number[] | undefined): number | string {
  // A listed value has one spelling.
  if (!/^[0-9]+$/.test(text) || (values !== undefined && text.startsWith('0'))) return text
  return Math.min(Number(text), Number.MAX_SAFE_INTEGER)
}
