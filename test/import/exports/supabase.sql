-- The columns of Supabase's table auth.users that matter here, and some that do not.
create schema auth;
create table auth.users (
  instance_id uuid, id uuid primary key, aud varchar(255), role varchar(255), email varchar(255), encrypted_password varchar(255),
  email_confirmed_at timestamptz, last_sign_in_at timestamptz, raw_app_meta_data jsonb, raw_user_meta_data jsonb, is_super_admin boolean,
  created_at timestamptz, updated_at timestamptz, phone text, banned_until timestamptz, is_sso_user boolean not null default false,
  deleted_at timestamptz, is_anonymous boolean not null default false);
insert into auth.users (id, email, encrypted_password, email_confirmed_at, created_at, banned_until, deleted_at) values
  ('0b7e6c52-9a4b-4d2f-8f5e-3a1c5d7e9f01', 'ann@example.com', '$2a$10$LQGVHKoBSFhLnmq/jNBA2OPHq92p3lUJEXEw3iSTOso8dDc.A8qT.', '2024-03-01 10:00:05+00', '2024-03-01 10:00:00.123456+00', null, null),
  ('0b7e6c52-9a4b-4d2f-8f5e-3a1c5d7e9f02', 'bob@example.com', '$2a$10$QoFRZ..ZOCGbxp1W7pGBXONjpZN53s4/ipzrRrMgxzHdt/RU/gbbi', null, '2024-03-02 10:00:00+00', '2024-04-01 00:00:00+00', null),
  ('0b7e6c52-9a4b-4d2f-8f5e-3a1c5d7e9f03', 'banned@example.com', '$2a$10$EaD/aH0GsEXFqeOBrgUaFOQT3xBhwbyj.ENUhoL8thS4xOZNXeHMK', null, '2024-03-03 10:00:00+00', '2124-04-01 00:00:00+00', null),
  ('0b7e6c52-9a4b-4d2f-8f5e-3a1c5d7e9f04', 'deleted@example.com', '$2a$10$8skb.1LqwHzm1YlstWIx.OpKnqctp5xl0wK.AETyYbMbH.tm6ux9e', null, '2024-03-03 10:00:00+00', null, '2024-03-04 00:00:00+00'),
  ('0b7e6c52-9a4b-4d2f-8f5e-3a1c5d7e9f05', 'social@example.com', '', now(), '2024-03-03 10:00:00+00', null, null),
  ('0b7e6c52-9a4b-4d2f-8f5e-3a1c5d7e9f06', null, null, null, '2024-03-03 10:00:00+00', null, null);
