import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { words as german } from '../../src/console/page/words/de.js'
import { words as english } from '../../src/console/page/words/en.js'
import { createSqlite } from '../support/databases.ts'
import { startTestService } from '../support/service.ts'
import { faultsOf, openConsole } from './person.ts'

const sources = globSync('src/**/*.ts', { exclude: ['src/console/**', 'src/client/**'] })
  .map((path) => readFileSync(path, 'utf8'))
  .join('\n')

test('every sentence in the tables of refusals is one that the server says', () => {
  const sentences = [english, german].flatMap(({ refusals }) => Object.keys(refusals))
  const parts = sentences.flatMap((sentence) => sentence.split('{}').map((part) => part.trim()))
  const unknown = parts.filter((part) => part !== 'to' && !sources.includes(part))
  assert.deepEqual(unknown, [])
})

test('a German page says in German why the server refuses, for the form and for a field', async (t) => {
  const database = await createSqlite()
  const service = await startTestService(database, { PASSWORD_MIN_LENGTH: '8' })
  const person = await openConsole(service.address, { locale: 'de-DE' })
  t.after(async () => {
    await person.close()
    await service.stop()
    await database.remove()
  })
  const { page } = person
  await service.register({ email: 'taken@example.com' })
  await page.goto(`${service.address}/#/login`)
  await page.locator('#name').fill('taken@example.com')
  await page.locator('#password').fill('not the password')
  await page.keyboard.press('Enter')
  await page.getByText('Adresse, Benutzername oder Passwort stimmt nicht.').waitFor()

  await page.goto(`${service.address}/#/register`)
  await page.locator('#email').fill('taken@example.com')
  await page.locator('#password').fill('short')
  await page.keyboard.press('Enter')
  await page.locator('#password-error', { hasText: /^Ein Passwort hat hier 8 bis 256 Zeichen\.$/ }).waitFor()
  await page.locator('#password').fill('a longer password')
  await page.keyboard.press('Enter')
  await page.getByText('taken@example.com ist schon registriert.').waitFor()
  assert.deepEqual(faultsOf(person), [])
})
