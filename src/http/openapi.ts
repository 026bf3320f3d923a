import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { failures, sharedSchemas } from './envelope.ts'
import { serveHome } from './home.ts'
import { toJsonLine } from './json-line.ts'
import { OauthError } from './oauth-error.ts'

/**
 * Lets Swagger UI load only this server's files. `upgrade-insecure-requests` is absent, because it would break the page
 * on plain http.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Every body may be JSON or a form (see bodies.ts). */
const mediaTypes = ['application/json', 'application/x-www-form-urlencoded']

const Document = Type.Object({}, { additionalProperties: true, description: 'OpenAPI 3.1.' })

/** What the document and the pages depend on. */
interface Options {
  version: string
  /** Path of a proxy in front of the service, without a slash at its end; empty without one. */
  base: string
  /** Whether people get Swagger UI. */
  ui: boolean
  /** Whether Swagger UI comes with a page at `/`. */
  home: boolean
}

/** Serves the OpenAPI document, made from the schemas that validate requests, and the pages for people. */
export async function serveOpenapi(app: FastifyInstance, { version, base, ui, home }: Options): Promise<void> {
  for (const schema of [...sharedSchemas, { $id: 'OauthError', ...OauthError }]) app.addSchema(schema)
  await app.register(swagger, {
    refResolver: {
      buildLocalReference: ({ $id }, _base, _fragment, i) => (typeof $id === 'string' ? $id : `def-${i}`),
    },
    // `security: []` says that an open route needs no token.
    transform: ({ schema, url }) => ({
      schema: { security: [], ...schema, ...(schema?.body ? { consumes: schema.consumes ?? mediaTypes } : {}) },
      url,
    }),
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Latchkey',
        version,
        description:
          'JWTs you can take back. Register or log in, copy the `access_token`, press **Authorize** and paste it.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: base || '/', description: 'This server.' }],
      tags: [
        { name: 'accounts', description: 'Register, log in, log out.' },
        { name: 'tokens', description: 'List and revoke your tokens.' },
        { name: 'widgets', description: 'The example resource.' },
        { name: 'oauth', description: 'For other services: tokens by the standards of OAuth 2.0.' },
        { name: 'discovery', description: 'For other services: public keys and metadata.' },
        { name: 'operation', description: 'Health, metrics and this document.' },
      ],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'An `access_token`.' },
          service: {
            type: 'http',
            scheme: 'basic',
            description: 'The `client_id` and the `client_secret` of a service. They may be in the body instead.',
          },
        },
      },
    },
  })
  if (ui) {
    if (home) serveHome(app, contentSecurityPolicy)
    await app.register(swaggerPages, { base })
  }
  serveDocument(app)
}

function serveDocument(app: FastifyInstance): void {
  let text: string | undefined
  const schema = {
    tags: ['operation'],
    operationId: 'getDocument',
    summary: 'This document',
    response: { 200: Document, ...failures(429) },
  }
  app.get('/api/v1/swagger.json', { schema }, (_request, reply) => {
    text ??= toJsonLine(app.swagger())
    reply.type('application/json; charset=utf-8').send(text)
  })
}

/** The last part of the path of Swagger UI. */
const pages = 'ui'

function useRelativeLinks(scope: FastifyInstance): void {
  scope.addHook('onSend', async (_request, reply, payload) => {
    // The only redirect of the plugin goes from static/index.html to the page.
    if (reply.hasHeader('location')) reply.header('location', '../')
    return typeof payload === 'string' ? payload.replaceAll(`"/api/v1/${pages}/`, `"${pages}/`) : payload
  })
}

/** Swagger UI. Behind a path its links are relative, so that the page also works without the proxy. */
async function swaggerPages(scope: FastifyInstance, { base }: { base: string }): Promise<void> {
  if (base !== '') useRelativeLinks(scope)
  await scope.register(swaggerUi, {
    routePrefix: `/api/v1/${pages}`,
    theme: { title: 'Latchkey' },
    // No top bar, because the top bar loads any URL that a user enters.
    uiConfig: { layout: 'BaseLayout', persistAuthorization: false, tryItOutEnabled: false },
    staticCSP: contentSecurityPolicy,
  })
}
