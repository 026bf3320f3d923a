-- The tables of Better Auth for accounts with passwords.
create table "user" (
  id text primary key, name text not null, email text not null unique, "emailVerified" boolean not null, image text,
  "createdAt" timestamptz not null default now(), "updatedAt" timestamptz not null default now());
create table account (
  id text primary key, "accountId" text not null, "providerId" text not null, "userId" text not null references "user" (id),
  "accessToken" text, "refreshToken" text, "idToken" text, "accessTokenExpiresAt" timestamptz, "refreshTokenExpiresAt" timestamptz,
  scope text, password text, "createdAt" timestamptz not null default now(), "updatedAt" timestamptz not null default now());
insert into "user" (id, name, email, "emailVerified", "createdAt") values
  ('Yx1aYHv0sPq9mB3nWc7dKf2tRj5gLh8u', 'Ann', 'ann@example.com', true, '2025-01-02 03:04:05.678+00'),
  ('Zx1aYHv0sPq9mB3nWc7dKf2tRj5gLh8v', 'Bob', 'bob@example.com', false, '2025-01-03 03:04:05+00'),
  ('Ax1aYHv0sPq9mB3nWc7dKf2tRj5gLh8w', 'Social', 'social@example.com', true, '2025-01-04 03:04:05+00');
insert into account (id, "accountId", "providerId", "userId", password) values
  ('a1', 'Yx1aYHv0sPq9mB3nWc7dKf2tRj5gLh8u', 'credential', 'Yx1aYHv0sPq9mB3nWc7dKf2tRj5gLh8u', 'caff04a7408334f98a7dc540f45c3ee8:67d3020124825d8e450c15e2f2f405e8bcb98c87af6572d675b2fffca2304b3d20a9f4a03eefd9e8cf610512bd899839c08df361f3cb623e736eebef81b48f65'),
  ('a2', 'Yx1aYHv0sPq9mB3nWc7dKf2tRj5gLh8u-github', 'github', 'Yx1aYHv0sPq9mB3nWc7dKf2tRj5gLh8u', null),
  ('a3', 'Zx1aYHv0sPq9mB3nWc7dKf2tRj5gLh8v', 'credential', 'Zx1aYHv0sPq9mB3nWc7dKf2tRj5gLh8v', '474089629790d9c09f8b25da2f8316c5:3c2b6df0e9831dd91a2e2e0f946f61fb2bd00f37e2f9da2d1a06e925a95915a56f93eb775bc0ec1b37a51a937ff5dfd708a6be5a0cb429f52b925014af056cb7'),
  ('a4', '12345', 'google', 'Ax1aYHv0sPq9mB3nWc7dKf2tRj5gLh8w', null);
