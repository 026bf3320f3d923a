/** German. @type {import('../words.js').Words} */
export const words = {
  // Everywhere
  never: 'nie',
  loading: 'Wird geladen',
  cancel: 'Abbrechen',
  failed: 'Das hat nicht geklappt. Bitte versuchen Sie es noch einmal.',
  unreachable: 'Der Server ist nicht erreichbar. Diese Seite versucht es erneut.',
  lost: 'Die Verbindung ist unterbrochen. Was Sie sehen, kann veraltet sein. Diese Seite verbindet sich von selbst wieder.',
  skip: 'Zum Inhalt',
  menu: 'Seiten',
  administration: 'Verwaltung',
  logOut: 'Abmelden',
  theme: (now) => ({ auto: 'Farben: System', light: 'Farben: hell', dark: 'Farben: dunkel' })[now] ?? now,
  endedNow: 'Ab jetzt abgelehnt.',
  ended: (nodes, verifiers, ms) =>
    `Abgelehnt auf ${nodes === 1 ? '1 Knoten' : `${nodes} Knoten`} und in ${verifiers === 1 ? '1 Dienst' : `${verifiers} Diensten`} nach ${ms} ms.`,
  left: {
    revoked: 'Sie wurden abgemeldet, weil Ihre Sitzung an anderer Stelle beendet wurde.',
    expired: 'Sie wurden abgemeldet, weil Ihre Sitzung abgelaufen ist.',
    out: 'Sie sind abgemeldet.',
    deleted: 'Ihr Konto ist gelöscht.',
    factor:
      'Dieser Dienst verlangt von Administratoren einen zweiten Faktor, und Ihr Konto hat keinen. Der Betreiber kann helfen.',
  },
  // The login
  login: {
    title: 'Anmelden',
    name: 'E-Mail-Adresse oder Benutzername',
    password: 'Passwort',
    action: 'Anmelden',
    insecure:
      'Ihr Browser behält unter dieser Adresse keine Anmeldung, weil die Verbindung nicht verschlüsselt ist. Nehmen Sie https oder localhost.',
  },
  // Where you are logged in
  sessions: {
    title: 'Wo Sie angemeldet sind',
    lead: 'Eine Sitzung, die Sie hier beenden, wird sofort überall abgelehnt.',
    current: 'diese Sitzung',
    times: (n) => `${n} Anmeldungen`,
    each: 'Jede Anmeldung zeigen',
    loggedIn: 'angemeldet',
    lastUsed: 'zuletzt benutzt',
    others: 'Überall sonst abmelden',
    othersText: (n) =>
      `${n === 1 ? 'Eine andere Sitzung endet' : `${n} andere Sitzungen enden`}. Diese Sitzung bleibt, und auch die Token Ihrer Programme.`,
    everywhere: 'Überall abmelden',
    everywhereText: 'Alle Ihre Sitzungen enden, auch diese. Auch die Token Ihrer Programme enden.',
    endTitle: (what) => `${what} abmelden?`,
    endOne: (current) =>
      current
        ? 'Diese Sitzung endet, und Sie kommen zur Anmeldung.'
        : 'Die Sitzung endet. Ihre nächste Anfrage wird abgelehnt.',
    endSeveral: (n) => `${n} Sitzungen dieses Browsers enden. Ihre nächsten Anfragen werden abgelehnt.`,
    only: 'Sie sind sonst nirgends angemeldet.',
    onlyText: 'Wenn Sie sich mit einem anderen Browser anmelden, erscheint die Sitzung hier.',
  },
}
