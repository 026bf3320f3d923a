import type { Formats } from '../format.ts'

/** Accepts 1 to 100 of `a-z`, `0-9`, `-` and `_`. */
export function isWidgetName(value: string): boolean {
  return /^[a-z0-9_-]{1,100}$/.test(value)
}

const maxUrl_chars = 255

/** Accepts an absolute http or https URL to any host, without credentials. */
export function isWidgetUrl(value: string): boolean {
  // URL.canParse repairs white space, control characters and missing slashes. A stored link must not need repairs.
  if ([...value].length > maxUrl_chars || !/^https?:\/\/[^\s/?#@\\]+([/?#]\S*)?$/i.test(value)) return false
  return !hasControlCharacter(value) && URL.canParse(value)
}

function hasControlCharacter(value: string): boolean {
  return /\p{Cc}/u.test(value) || !value.isWellFormed()
}

/** The formats of a widget's fields. Deadlines have their own file. */
export const widgetFormats = {
  'widget-name': {
    accepts: isWidgetName,
    sentence: (field) => `${field} must be 1 to 100 of a-z, 0-9, - and _`,
  },
  'web-url': {
    accepts: isWidgetUrl,
    sentence: (field) =>
      `${field} must be an absolute http or https URL without credentials, at most ${maxUrl_chars} characters`,
  },
} satisfies Formats
