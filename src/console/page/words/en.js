/** English. The other languages have the same table. */
export const words = {
  // Everywhere
  never: 'never',
  loading: 'Loading',
  cancel: 'Cancel',
  failed: 'That did not work. Please try again.',
  unreachable: 'The server cannot be reached. This page tries again.',
  lost: 'The connection is lost. What you see may be outdated. This page connects again by itself.',
  skip: 'Skip to the content',
  menu: 'Pages',
  administration: 'Administration',
  logOut: 'Log out',
  theme: (/** @type {string} */ now) =>
    ({ auto: 'Colours: system', light: 'Colours: light', dark: 'Colours: dark' })[now] ?? now,
  endedNow: 'Refused from now on.',
  ended: (/** @type {number} */ nodes, /** @type {number} */ verifiers, /** @type {number} */ ms) =>
    `Refused on ${nodes === 1 ? '1 node' : `${nodes} nodes`} and ${verifiers === 1 ? '1 service' : `${verifiers} services`} after ${ms} ms.`,
  left: {
    revoked: 'You were logged out, because your session was ended somewhere else.',
    expired: 'You were logged out, because your session has expired.',
    out: 'You are logged out.',
    deleted: 'Your account is deleted.',
    factor: 'This service asks administrators for a second factor, and your account has none. The operator can help.',
  },
  // The login
  login: {
    title: 'Log in',
    name: 'E-mail address or username',
    password: 'Password',
    action: 'Log in',
    insecure:
      'Your browser keeps no login for this address, because the connection is not encrypted. Use https, or localhost.',
  },
  // Where you are logged in
  sessions: {
    title: 'Where you are logged in',
    lead: 'A session that you end here is refused at once, everywhere.',
    current: 'this session',
    times: (/** @type {number} */ n) => `${n} logins`,
    each: 'Show each login',
    loggedIn: 'logged in',
    lastUsed: 'last used',
    others: 'Log out everywhere else',
    othersText: (/** @type {number} */ n) =>
      `${n === 1 ? 'One other session ends' : `${n} other sessions end`}. This session goes on, and so do the tokens of your programs.`,
    everywhere: 'Log out everywhere',
    everywhereText: 'All your sessions end, this one too. The tokens of your programs end as well.',
    endTitle: (/** @type {string} */ what) => `Log out ${what}?`,
    endOne: (/** @type {boolean} */ current) =>
      current ? 'This session ends, and you go back to the login.' : 'The session ends. Its next request is refused.',
    endSeveral: (/** @type {number} */ n) => `${n} sessions of this browser end. Their next requests are refused.`,
    only: 'You are logged in nowhere else.',
    onlyText: 'If you log in with another browser, that session appears here.',
  },
}
