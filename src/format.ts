/** A rule for a text that JSON Schema cannot express, with the sentence that a wrong value gets. */
export interface Format {
  accepts: (value: string) => boolean
  sentence: (field: string, value: unknown) => string
}

/** Formats by the name that a schema uses for `format`. */
export type Formats = Record<string, Format>

/** Checks the values of a command line by the format of the same name. @returns a sentence for each wrong value */
export function findInvalid(values: Record<string, string>, formats: Formats): Record<string, string> {
  const wrong = Object.entries(values).flatMap(([field, value]) => {
    const format = formats[field]
    return format === undefined || format.accepts(value) ? [] : [[field, format.sentence(field, value)] as const]
  })
  return Object.fromEntries(wrong)
}

/** Whether the text is a time in ISO 8601 with a time zone. `Date.parse` would also read other forms, in the time zone of the machine. */
export function isInstant(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})$/.test(text) && !Number.isNaN(Date.parse(text))
}

/** Returns the text without slashes at its end. A regular expression would take quadratic time. */
export function withoutSlashes(text: string): string {
  let end = text.length
  while (text[end - 1] === '/') end--
  return text.slice(0, end)
}
