import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createProfiles } from '../../src/accounts/profiles.ts'

test('a profile that was read before its account changed is not remembered', () => {
  const profiles = createProfiles(new Map())
  const profile = {
    email: 'user@example.com',
    username: null,
    email_verified: false,
    pending_email: null,
    registered_on: '',
    factors: [],
  }
  profiles.reading()('a', profile)
  assert.equal(profiles.get('a'), profile)
  for (const change of [() => profiles.forget('a'), profiles.clear]) {
    const remember = profiles.reading()
    change()
    remember('a', profile)
    assert.equal(profiles.get('a'), undefined)
  }
})
