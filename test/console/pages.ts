/** A page of the console, for tests that look at every page. */
export interface ConsolePage {
  name: string
  /** Behind `#/`. */
  address: string
  /** A link on the page of the address that leads to this page. */
  by?: string
  /** Is there when the page has what it shows. */
  ready: string
  /** Needs no login. */
  open?: boolean
  /** A button that opens a dialog. */
  asks?: string
}

/** Every page, in the order of the menu. */
export const consolePages: ConsolePage[] = [
  { name: 'login', address: 'login', ready: '#name', open: true },
  { name: 'register', address: 'register', ready: '#email', open: true },
  { name: 'forgot', address: 'forgot', ready: '#email', open: true },
  { name: 'reset', address: 'reset', ready: '#password', open: true },
  { name: 'verify', address: 'verify', ready: 'button.primary', open: true },
  { name: 'sessions', address: 'sessions', ready: '[data-sessions] > li', asks: 'button.danger' },
  { name: 'tokens', address: 'tokens', ready: '[data-tokens] > li, .empty', asks: 'button.primary' },
  { name: 'security', address: 'security', ready: 'section.card', asks: 'button.primary' },
  { name: 'account', address: 'account', ready: 'section.card', asks: 'button.danger' },
  { name: 'users', address: 'users', ready: '[data-users] > tr', asks: '.tools button' },
  { name: 'user', address: 'users', by: '[data-users] a', ready: '[data-audit] > tr', asks: 'button.danger' },
  { name: 'audit', address: 'audit', ready: '[data-audit] > tr' },
  { name: 'fleet', address: 'fleet', ready: '.notice', asks: '.actions button.primary' },
  { name: 'keys', address: 'keys', ready: '[data-keys] > li', asks: 'button.danger' },
  { name: 'health', address: 'health', ready: '.charts figure' },
]
