/** Sentences of the server. `{}` stands for any text, and `{1}` for the first such text. @type {Record<string, string>} */
export const refusals = {
  'email or password does not match': 'Adresse, Benutzername oder Passwort stimmt nicht.',
  'the code is wrong, or was used before': 'Der Code ist falsch oder wurde schon benutzt.',
  'The login has expired. Please log in again.': 'Die Anmeldung ist abgelaufen. Bitte melden Sie sich noch einmal an.',
  'The passkey was not accepted': 'Der Passkey wurde nicht angenommen.',
  'Passkeys need a PUBLIC_URL with https and a host name':
    'Passkeys brauchen eine PUBLIC_URL mit https und einem Hostnamen.',
  'The passkey is in use already': 'Der Passkey ist schon hinzugefügt.',
  'An account has at most 20 passkeys': 'Ein Konto hat höchstens 20 Passkeys.',
  'Add a second factor first': 'Fügen Sie zuerst einen zweiten Faktor hinzu.',
  'This account needs a second factor. Add another one first.':
    'Dieses Konto braucht einen zweiten Faktor. Fügen Sie zuerst einen anderen hinzu.',
  'This account needs a second factor. Please add one, then log in again.':
    'Dieses Konto braucht einen zweiten Faktor. Fügen Sie einen hinzu, und melden Sie sich dann noch einmal an.',
  '404 factor not found': 'Der Faktor ist schon entfernt.',
  '{} is already registered': '{1} ist schon registriert.',
  'registration is closed': 'Die Registrierung ist geschlossen. Bitten Sie einen Administrator um ein Konto.',
  'address not verified':
    'Ihre Adresse ist noch nicht bestätigt. Öffnen Sie den Link in der Nachricht, die Sie bekommen haben.',
  '{} is disabled': '{1} ist gesperrt.',
  'This service sends no mail. Please ask its operator.':
    'Dieser Dienst sendet keine E-Mails. Bitte fragen Sie den Betreiber.',
  'Too many messages wait to be sent. Please try again later.':
    'Zu viele Nachrichten warten auf den Versand. Bitte versuchen Sie es später noch einmal.',
  'Too many messages were asked for. Please try again later.':
    'Zu viele Nachrichten wurden angefordert. Bitte versuchen Sie es später noch einmal.',
  'Too many failed logins. Please try again later.':
    'Zu viele Anmeldungen sind gescheitert. Bitte versuchen Sie es später noch einmal.',
  'Too many logins of this account. Please try again later.':
    'Zu viele Anmeldungen dieses Kontos. Bitte versuchen Sie es später noch einmal.',
  'Too many named tokens of this account were made. Please try again later.':
    'Zu viele Token wurden erstellt. Bitte versuchen Sie es später noch einmal.',
  'Too many named tokens: revoke one first': 'Zu viele Token: nehmen Sie zuerst eines zurück.',
  'Too many logins or registrations from this address. Please try again later.':
    'Zu viele Anmeldungen oder Registrierungen aus Ihrem Netz. Bitte versuchen Sie es später noch einmal.',
  'Too many requests. Please try again later.': 'Zu viele Anfragen. Bitte versuchen Sie es später noch einmal.',
  'Too many logins are waiting. Please try again later.':
    'Zu viele Anmeldungen warten. Bitte versuchen Sie es später noch einmal.',
  'Logins are temporarily unavailable': 'Anmeldungen sind gerade nicht möglich.',
  'The database is temporarily unavailable': 'Die Datenbank ist gerade nicht erreichbar.',
  'Token status is temporarily unknown': 'Der Server kann Ihre Sitzung gerade nicht prüfen.',
  'The revocation could not be confirmed. Please repeat it.':
    'Das Ende konnte nicht bestätigt werden. Bitte wiederholen Sie es.',
  'the last administrator': 'Das ist der letzte Administrator.',
  'You are not an administrator': 'Sie sind kein Administrator.',
  'There is no such user': 'Es gibt kein solches Konto.',
  'There is no such key': 'Es gibt keinen solchen Schlüssel.',
  'There is no such service': 'Es gibt keinen solchen Dienst.',
  'there is already a service with the name {}': 'Es gibt schon einen Dienst mit dem Namen {1}.',
  '{} is required': 'Dieses Feld fehlt.',
  '{} must not be empty': 'Dieses Feld ist leer.',
  '{} is not a valid email': '{1} ist keine E-Mail-Adresse.',
  '{} must be 1 to 39 of a-z, 0-9 and single inner hyphens':
    'Ein Benutzername hat 1 bis 39 Zeichen: a-z, 0-9 und einzelne Bindestriche dazwischen.',
  '{} must not contain the username or the address of the account':
    'Ein Passwort enthält weder den Benutzernamen noch die Adresse.',
  '{} must not contain {}': 'Ein Passwort enthält hier nicht das Wort {2}.',
  '{} is one of the most common passwords': 'Das ist eines der häufigsten Passwörter.',
  '{} must be 1 to 100 characters, without control characters': 'Erlaubt sind 1 bis 100 Zeichen, ohne Steuerzeichen.',
  '{} must be {} to {} characters': 'Ein Passwort hat hier {2} bis {3} Zeichen.',
  '{} must be a time in the future, such as 2030-01-31T12:00:00Z': 'Die Zeit liegt nicht in der Zukunft.',
}
