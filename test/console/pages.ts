/** A page of the console, for tests that look at every page. */
export interface ConsolePage {
  name: string
  /** Behind `#/`. */
  address: string
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
]
