// Generated from the OpenAPI document by "npm run generate".
export interface paths {
    "/.well-known/jwks.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The public keys, as a JWK Set (RFC 7517 §5)
         * @description A key is in this set for at least the `max-age` of the set before it signs, except after a revocation. A revoked key is gone at once.
         */
        get: operations["getKeySet"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/.well-known/oauth-authorization-server": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Metadata for OAuth clients (RFC 8414)
         * @description Where the endpoints and the keys are, and what they support. The same document at each of its addresses.
         */
        get: operations["getServerMetadata"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/.well-known/openid-configuration": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Metadata for OAuth clients (RFC 8414)
         * @description Where the endpoints and the keys are, and what they support. The same document at each of its addresses.
         */
        get: operations["getOpenidConfiguration"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Check a token, for gateways
         * @description `X-Auth-User`, `X-Auth-Admin` and `X-Auth-Token-Id` describe the caller. There is no body. Every method, and every path below, has the same answer.
         */
        get: operations["checkToken"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/email": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Change your address: a link goes to the new one, and counts when it is used */
        post: operations["changeEmail"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/email/verification": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send the link that verifies your address again */
        post: operations["sendVerification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/email/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Verify an address with the link of a message */
        post: operations["verifyEmail"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Log in with e-mail (or username) and password */
        post: operations["logIn"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Log out: revoke this token */
        post: operations["logOut"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Change your password: every token of yours ends, and you get a new one */
        post: operations["changePassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/password/forgot": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask for a message with a link that sets a new password */
        post: operations["forgetPassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/password/reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Set a new password with the link of a message: every token of yours ends */
        post: operations["resetPassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Register an account */
        post: operations["registerAccount"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/user": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who am I */
        get: operations["getUser"];
        put?: never;
        post?: never;
        /** Delete your account for ever */
        delete: operations["deleteUser"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Log in with username (or e-mail) and password, short form */
        post: operations["logInByUsername"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/swagger.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document */
        get: operations["getDocument"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Where am I logged in
         * @description Follow `links.next` until there is none. A page has what stands there at the time of the request: if older tokens end between two requests, later tokens move forward.
         */
        get: operations["listTokens"];
        put?: never;
        post?: never;
        /** Revoke all tokens of the caller, including this one */
        delete: operations["revokeAllTokens"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke one token */
        delete: operations["revokeToken"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/widgets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List widgets */
        get: operations["listWidgets"];
        put?: never;
        /** Add a widget */
        post: operations["addWidget"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/widgets/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get a widget */
        get: operations["getWidget"];
        /** Update or add a widget */
        put: operations["putWidget"];
        post?: never;
        /** Delete a widget */
        delete: operations["deleteWidget"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Liveness probe */
        get: operations["getLiveness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Metrics for Prometheus */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/oauth/global-token-revocation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take all tokens of a user back
         * @description draft-parecki-oauth-global-token-revocation, for services that were added with `--may revoke-users`.
         */
        post: operations["revokeTokensOfUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/oauth/introspect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What is known about a token (RFC 7662) */
        post: operations["introspectToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/oauth/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take a token back (RFC 7009)
         * @description To hold the token is enough. Client credentials may be sent, and must be right then.
         */
        post: operations["revokeHeldToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/oauth/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A token for a service itself (RFC 6749 §4.4) */
        post: operations["issueServiceToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Readiness probe: whether the process can check tokens and use the database */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** Failure */
        Failure: {
            /** @description For invalid input: a message for each field. */
            errors?: {
                [key: string]: string;
            };
            message: string;
            /** @enum {string} */
            status: "fail";
        };
        /** Fault */
        Fault: {
            message: string;
            request_id: string;
            /** @enum {string} */
            status: "error";
        };
        /**
         * OauthError
         * @description RFC 6749 §5.2.
         */
        OauthError: {
            error: string;
            error_description: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getKeySet: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The public keys of all tokens that may count, and the key that signs next. */
            200: {
                headers: {
                    /** @description How long the document may be kept. */
                    "Cache-Control"?: string;
                    /** @description The version of the document, for `If-None-Match`. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        keys: {
                            /** @example ES256 */
                            alg: string;
                            crv?: string;
                            e?: string;
                            /** @description The JWK thumbprint (RFC 7638). */
                            kid: string;
                            /** @example EC */
                            kty: string;
                            n?: string;
                            /** @enum {string} */
                            use: "sig";
                            x?: string;
                            y?: string;
                        }[];
                    };
                };
            };
            /** @description The client has this document already (`If-None-Match`). */
            304: {
                headers: {
                    /** @description How long the document may be kept. */
                    "Cache-Control"?: string;
                    /** @description The version of the document, for `If-None-Match`. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Too many requests, logins or registrations. `Retry-After` says when to retry. */
            429: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Server error. The log has details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
            /** @description Temporarily unavailable. `Retry-After` says when to retry. */
            503: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    getServerMetadata: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description RFC 8414 §2. */
            200: {
                headers: {
                    /** @description How long the document may be kept. */
                    "Cache-Control"?: string;
                    /** @description The version of the document, for `If-None-Match`. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: uri */
                        global_token_revocation_endpoint: string;
                        global_token_revocation_endpoint_auth_methods_supported: string[];
                        grant_types_supported: string[];
                        /** Format: uri */
                        introspection_endpoint: string;
                        introspection_endpoint_auth_methods_supported: string[];
                        /** @description The `iss` of new tokens. */
                        issuer: string;
                        /** Format: uri */
                        jwks_uri: string;
                        /** @description The `aud` of new tokens. */
                        latchkey_audience: string[];
                        /** @description The domain in the realm of refusals. */
                        latchkey_realm_domain: string;
                        response_types_supported: string[];
                        /** Format: uri */
                        revocation_endpoint: string;
                        revocation_endpoint_auth_methods_supported: string[];
                        /** Format: uri */
                        token_endpoint: string;
                        token_endpoint_auth_methods_supported: string[];
                    };
                };
            };
            /** @description The client has this document already (`If-None-Match`). */
            304: {
                headers: {
                    /** @description How long the document may be kept. */
                    "Cache-Control"?: string;
                    /** @description The version of the document, for `If-None-Match`. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Too many requests, logins or registrations. `Retry-After` says when to retry. */
            429: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Server error. The log has details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    getOpenidConfiguration: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description RFC 8414 §2. */
            200: {
                headers: {
                    /** @description How long the document may be kept. */
                    "Cache-Control"?: string;
                    /** @description The version of the document, for `If-None-Match`. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: uri */
                        global_token_revocation_endpoint: string;
                        global_token_revocation_endpoint_auth_methods_supported: string[];
                        grant_types_supported: string[];
                        /** Format: uri */
                        introspection_endpoint: string;
                        introspection_endpoint_auth_methods_supported: string[];
                        /** @description The `iss` of new tokens. */
                        issuer: string;
                        /** Format: uri */
                        jwks_uri: string;
                        /** @description The `aud` of new tokens. */
                        latchkey_audience: string[];
                        /** @description The domain in the realm of refusals. */
                        latchkey_realm_domain: string;
                        response_types_supported: string[];
                        /** Format: uri */
                        revocation_endpoint: string;
                        revocation_endpoint_auth_methods_supported: string[];
                        /** Format: uri */
                        token_endpoint: string;
                        token_endpoint_auth_methods_supported: string[];
                    };
                };
            };
            /** @description The client has this document already (`If-None-Match`). */
            304: {
                headers: {
                    /** @description How long the document may be kept. */
                    "Cache-Control"?: string;
                    /** @description The version of the document, for `If-None-Match`. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Too many requests, logins or registrations. `Retry-After` says when to retry. */
            429: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Server error. The log has details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    checkToken: {
        parameters: {
            query?: {
                /**
                 * @description `200`: answer 200 for a valid token, for gateways that demand it.
                 * @example 200
                 */
                status?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The token is valid, and the query asked for 200. */
            200: {
                headers: {
                    /** @description Whether the user is an administrator. */
                    "X-Auth-Admin"?: "true" | "false";
                    /** @description The `id` of the token under `/tokens`. */
                    "X-Auth-Token-Id"?: string;
                    /** @description The `public_id` of the user. */
                    "X-Auth-User"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The token is valid. */
            204: {
                headers: {
                    /** @description Whether the user is an administrator. */
                    "X-Auth-Admin"?: "true" | "false";
                    /** @description The `id` of the token under `/tokens`. */
                    "X-Auth-Token-Id"?: string;
                    /** @description The `public_id` of the user. */
                    "X-Auth-User"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The token is missing, invalid, expired or revoked. `WWW-Authenticate` says which (RFC 6750 §3). */
            401: {
                headers: {
                    /** @description The realm, and the error if there was a token (RFC 6750 §3). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Too many requests, logins or registrations. `Retry-After` says when to retry. */
            429: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Server error. The log has details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
            /** @description Temporarily unavailable. `Retry-After` says when to retry. */
            503: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    changeEmail: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Format: email
                     * @description Trimmed and converted to lower case.
                     * @example user@example.com
                     */
                    email: string;
                    /** @example correct horse battery */
                    password: string;
                };
                "application/x-www-form-urlencoded": {
                    /**
                     * Format: email
                     * @description Trimmed and converted to lower case.
                     * @example user@example.com
                     */
                    email: string;
                    /** @example correct horse battery */
                    password: string;
                };
            };
        };
        responses: {
            /** @description The message is queued, if there is one to send. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        message: string;
                        /** @enum {string} */
                        status: "success";
                    };
                };
            };
            /** @description Invalid input, or a body that cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The token is missing, invalid, expired or revoked. `WWW-Authenticate` says which (RFC 6750 §3). Without `WWW-Authenticate`: `email or password does not match`. */
            401: {
                headers: {
                    /** @description The realm, and the error if there was a token (RFC 6750 §3). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The token belongs to a service, not to a user, or this service sends no mail. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The body is larger than 64 KiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The body is neither JSON nor a form. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Too many requests, logins or registrations. `Retry-After` says when to retry. */
            429: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Server error. The log has details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
            /** @description Temporarily unavailable. `Retry-After` says when to retry. */
            503: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    sendVerification: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The message is queued, if there is one to send. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        message: string;
                        /** @enum {string} */
                        status: "success";
                    };
                };
            };
            /** @description Invalid input, or a body that cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The token is missing, invalid, expired or revoked. `WWW-Authenticate` says which (RFC 6750 §3). */
            401: {
                headers: {
                    /** @description The realm, and the error if there was a token (RFC 6750 §3). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The token belongs to a service, not to a user, or this service sends no mail. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The body is larger than 64 KiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The body is neither JSON nor a form. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Too many requests, logins or registrations. `Retry-After` says when to retry. */
            429: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Server error. The log has details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
            /** @description Temporarily unavailable. `Retry-After` says when to retry. */
            503: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    verifyEmail: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description The secret of the link, behind `#token=`.
                     * @example xn8_pQ2yAb6kR0vZ4sT9wL1mC7dF5gH3jK6eU8iO2aY
                     */
                    token: string;
                };
                "application/x-www-form-urlencoded": {
                    /**
                     * @description The secret of the link, behind `#token=`.
                     * @example xn8_pQ2yAb6kR0vZ4sT9wL1mC7dF5gH3jK6eU8iO2aY
                     */
                    token: string;
                };
            };
        };
        responses: {
            /** @description The action succeeded. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        message: string;
                        /** @enum {string} */
                        status: "success";
                    };
                };
            };
            /** @description Invalid input. `errors.token`: the link does not exist, was used or has expired, or the account has changed since. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description A page of another site sent the request. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The body is larger than 64 KiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The body is neither JSON nor a form. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Too many requests, logins or registrations. `Retry-After` says when to retry. */
            429: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Server error. The log has details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
            /** @description Temporarily unavailable. `Retry-After` says when to retry. */
            503: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    logIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Format: email-or-username
                     * @description Both fields take an e-mail address or a username.
                     * @example user@example.com
                     */
                    email?: string;
                    /** @example correct horse battery */
                    password: string;
                    /**
                     * @description Both fields take an e-mail address or a username.
                     * @example john-doe
                     */
                    username?: string;
                } & ({
                    email: string;
                } | {
                    username: string;
                });
                "application/x-www-form-urlencoded": {
                    /**
                     * Format: email-or-username
                     * @description Both fields take an e-mail address or a username.
                     * @example user@example.com
                     */
                    email?: string;
                    /** @example correct horse battery */
                    password: string;
                    /**
                     * @description Both fields take an e-mail address or a username.
                     * @example john-doe
                     */
                    username?: string;
                } & ({
                    email: string;
                } | {
                    username: string;
                });
            };
        };
        responses: {
            /** @description A token (RFC 6749 §5.1). */
            200: {
                headers: {
                    /** @description `no-store`. */
                    "Cache-Control"?: string;
                    /** @description `no-cache`. */
                    Pragma?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The token, a compact JWS. */
                        access_token: string;
                        /** @description Seconds until the token expires. */
                        expires_in: number;
                        message: string;
                        /** @enum {string} */
                        status: "success";
                        /** @enum {string} */
                        token_type: "bearer";
                    };
                };
            };
            /** @description Invalid input, or a body that cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `email or password does not match`: the answer does not say which. No `WWW-Authenticate`. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `address not verified` (`EMAIL_VERIFICATION`), or a page of another site sent the request, and `CORS_ORIGINS` does not have its origin. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The body is larger than 64 KiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The body is neither JSON nor a form. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Too many requests, logins or registrations. `Retry-After` says when to retry. */
            429: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Server error. The log has details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
            /** @description Temporarily unavailable. `Retry-After` says when to retry. */
            503: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    logOut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Revoked on every node. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description With PostgreSQL, or when there are services: no node and no verifier accepts the token any more. */
                        effective?: {
                            /** @description Number of nodes that now refuse the token. */
                            nodes: number;
                            /** @description Number of verifiers that now refuse the token. */
                            verifiers: number;
                            /** @description How long the fleet took to confirm. */
                            waited_ms: number;
                        };
                        message: string;
                        /** @enum {string} */
                        status: "success";
                    };
                };
            };
            /** @description Invalid input, or a body that cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The token is missing, invalid, expired or revoked. `WWW-Authenticate` says which (RFC 6750 §3). */
            401: {
                headers: {
                    /** @description The realm, and the error if there was a token (RFC 6750 §3). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The body is larger than 64 KiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The body is neither JSON nor a form. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Too many requests, logins or registrations. `Retry-After` says when to retry. */
            429: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Server error. The log has details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
            /** @description Temporarily unavailable. `Retry-After` says when to retry. */
            503: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    changePassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @example correct horse battery */
                    current_password: string;
                    /**
                     * Format: password
                     * @description 8 to 256 characters, any Unicode. The minimum is a setting.
                     * @example correct horse battery
                     */
                    new_password: string;
                };
                "application/x-www-form-urlencoded": {
                    /** @example correct horse battery */
                    current_password: string;
                    /**
                     * Format: password
                     * @description 8 to 256 characters, any Unicode. The minimum is a setting.
                     * @example correct horse battery
                     */
                    new_password: string;
                };
            };
        };
        responses: {
            /** @description A token (RFC 6749 §5.1). */
            200: {
                headers: {
                    /** @description `no-store`. */
                    "Cache-Control"?: string;
                    /** @description `no-cache`. */
                    Pragma?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The token, a compact JWS. */
                        access_token: string;
                        /** @description Seconds until the token expires. */
                        expires_in: number;
                        message: string;
                        /** @enum {string} */
                        status: "success";
                        /** @enum {string} */
                        token_type: "bearer";
                    };
                };
            };
            /** @description Invalid input, or a body that cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The token is missing, invalid, expired or revoked. `WWW-Authenticate` says which (RFC 6750 §3). Without `WWW-Authenticate`: `email or password does not match`. */
            401: {
                headers: {
                    /** @description The realm, and the error if there was a token (RFC 6750 §3). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The token belongs to a service, not to a user. */
            403: {
                headers: {
                    /** @description The realm, and the error if there was a token (RFC 6750 §3). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The body is larger than 64 KiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The body is neither JSON nor a form. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Too many requests, logins or registrations. `Retry-After` says when to retry. */
            429: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Server error. The log has details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
            /** @description Temporarily unavailable. `Retry-After` says when to retry. */
            503: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    forgetPassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Format: email
                     * @description Trimmed and converted to lower case.
                     * @example user@example.com
                     */
                    email: string;
                };
                "application/x-www-form-urlencoded": {
                    /**
                     * Format: email
                     * @description Trimmed and converted to lower case.
                     * @example user@example.com
                     */
                    email: string;
                };
            };
        };
        responses: {
            /** @description The message is queued, if there is one to send. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        message: string;
                        /** @enum {string} */
                        status: "success";
                    };
                };
            };
            /** @description Invalid input, or a body that cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description This service sends no mail, or a page of another site sent the request. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The body is larger than 64 KiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The body is neither JSON nor a form. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Too many requests, logins or registrations. `Retry-After` says when to retry. */
            429: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Server error. The log has details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
            /** @description Temporarily unavailable. `Retry-After` says when to retry. */
            503: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    resetPassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Format: password
                     * @description 8 to 256 characters, any Unicode. The minimum is a setting.
                     * @example correct horse battery
                     */
                    password: string;
                    /**
                     * @description The secret of the link, behind `#token=`.
                     * @example xn8_pQ2yAb6kR0vZ4sT9wL1mC7dF5gH3jK6eU8iO2aY
                     */
                    token: string;
                };
                "application/x-www-form-urlencoded": {
                    /**
                     * Format: password
                     * @description 8 to 256 characters, any Unicode. The minimum is a setting.
                     * @example correct horse battery
                     */
                    password: string;
                    /**
                     * @description The secret of the link, behind `#token=`.
                     * @example xn8_pQ2yAb6kR0vZ4sT9wL1mC7dF5gH3jK6eU8iO2aY
                     */
                    token: string;
                };
            };
        };
        responses: {
            /** @description Revoked on every node. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description With PostgreSQL, or when there are services: no node and no verifier accepts the token any more. */
                        effective?: {
                            /** @description Number of nodes that now refuse the token. */
                            nodes: number;
                            /** @description Number of verifiers that now refuse the token. */
                            verifiers: number;
                            /** @description How long the fleet took to confirm. */
                            waited_ms: number;
                        };
                        message: string;
                        /** @enum {string} */
                        status: "success";
                    };
                };
            };
            /** @description Invalid input. `errors.token`: the link does not exist, was used or has expired, or the account has changed since. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description A page of another site sent the request. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The body is larger than 64 KiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The body is neither JSON nor a form. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Too many requests, logins or registrations. `Retry-After` says when to retry. */
            429: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Server error. The log has details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
            /** @description Temporarily unavailable. `Retry-After` says when to retry. */
            503: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    registerAccount: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Format: email
                     * @description Trimmed and converted to lower case.
                     * @example user@example.com
                     */
                    email: string;
                    /**
                     * Format: password
                     * @description 8 to 256 characters, any Unicode. The minimum is a setting.
                     * @example correct horse battery
                     */
                    password: string;
                    /**
                     * Format: username
                     * @description 1 to 39 of a-z, 0-9 and single inner hyphens. `null` means none.
                     * @example john-doe
                     */
                    username?: string;
                };
                "application/x-www-form-urlencoded": {
                    /**
                     * Format: email
                     * @description Trimmed and converted to lower case.
                     * @example user@example.com
                     */
                    email: string;
                    /**
                     * Format: password
                     * @description 8 to 256 characters, any Unicode. The minimum is a setting.
                     * @example correct horse battery
                     */
                    password: string;
                    /**
                     * Format: username
                     * @description 1 to 39 of a-z, 0-9 and single inner hyphens. `null` means none.
                     * @example john-doe
                     */
                    username?: string;
                };
            };
        };
        responses: {
            /** @description A token (RFC 6749 §5.1). */
            201: {
                headers: {
                    /** @description `no-store`. */
                    "Cache-Control"?: string;
                    /** @description `no-cache`. */
                    Pragma?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The token, a compact JWS. */
                        access_token: string;
                        /** @description Seconds until the token expires. */
                        expires_in: number;
                        message: string;
                        /** @enum {string} */
                        status: "success";
                        /** @enum {string} */
                        token_type: "bearer";
                    };
                };
            };
            /** @description With `EMAIL_VERIFICATION=required`, for each address: a message is on its way. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        message: string;
                        /** @enum {string} */
                        status: "success";
                    };
                };
            };
            /** @description Invalid input, or a body that cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `registration is closed` (`REGISTRATION`), or a page of another site sent the request. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The name is already in use. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The body is larger than 64 KiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The body is neither JSON nor a form. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Too many requests, logins or registrations. `Retry-After` says when to retry. */
            429: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Server error. The log has details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
            /** @description Temporarily unavailable. `Retry-After` says when to retry. */
            503: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    getUser: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The owner of the token. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        admin: boolean;
                        email: string;
                        /** @description Whether a link that was sent to `email` was used. */
                        email_verified: boolean;
                        /** @description The address that replaces `email` when the link that was sent there is used. */
                        pending_email: string | null;
                        /** Format: uuid */
                        public_id: string;
                        /** Format: date-time */
                        registered_on: string;
                        /**
                         * @description Hours, minutes and seconds.
                         * @example 00:14:42
                         */
                        token_expires_in: string;
                        username: string | null;
                    };
                };
            };
            /** @description The token is missing, invalid, expired or revoked. `WWW-Authenticate` says which (RFC 6750 §3). */
            401: {
                headers: {
                    /** @description The realm, and the error if there was a token (RFC 6750 §3). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Too many requests, logins or registrations. `Retry-After` says when to retry. */
            429: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Server error. The log has details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
            /** @description Temporarily unavailable. `Retry-After` says when to retry. */
            503: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    deleteUser: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @example correct horse battery */
                    password: string;
                };
                "application/x-www-form-urlencoded": {
                    /** @example correct horse battery */
                    password: string;
                };
            };
        };
        responses: {
            /** @description The account and its tokens are gone. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Invalid input, or a body that cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The token is missing, invalid, expired or revoked. `WWW-Authenticate` says which (RFC 6750 §3). Without `WWW-Authenticate`: `email or password does not match`. */
            401: {
                headers: {
                    /** @description The realm, and the error if there was a token (RFC 6750 §3). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The token belongs to a service, not to a user. */
            403: {
                headers: {
                    /** @description The realm, and the error if there was a token (RFC 6750 §3). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The body is larger than 64 KiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The body is neither JSON nor a form. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Too many requests, logins or registrations. `Retry-After` says when to retry. */
            429: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Server error. The log has details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
            /** @description Temporarily unavailable. `Retry-After` says when to retry. */
            503: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    logInByUsername: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Format: email-or-username
                     * @description Both fields take an e-mail address or a username.
                     * @example user@example.com
                     */
                    email?: string;
                    /** @example correct horse battery */
                    password: string;
                    /**
                     * @description Both fields take an e-mail address or a username.
                     * @example john-doe
                     */
                    username?: string;
                } & ({
                    username: string;
                } | {
                    email: string;
                });
                "application/x-www-form-urlencoded": {
                    /**
                     * Format: email-or-username
                     * @description Both fields take an e-mail address or a username.
                     * @example user@example.com
                     */
                    email?: string;
                    /** @example correct horse battery */
                    password: string;
                    /**
                     * @description Both fields take an e-mail address or a username.
                     * @example john-doe
                     */
                    username?: string;
                } & ({
                    username: string;
                } | {
                    email: string;
                });
            };
        };
        responses: {
            /** @description A token (RFC 6749 §5.1). */
            200: {
                headers: {
                    /** @description `no-store`. */
                    "Cache-Control"?: string;
                    /** @description `no-cache`. */
                    Pragma?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The token, a compact JWS. */
                        access_token: string;
                        /** @description Seconds until the token expires. */
                        expires_in: number;
                        message: string;
                        /** @enum {string} */
                        status: "success";
                        /** @description The same token. */
                        token: string;
                        /** @enum {string} */
                        token_type: "bearer";
                    };
                };
            };
            /** @description Invalid input, or a body that cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `email or password does not match`: the answer does not say which. No `WWW-Authenticate`. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `address not verified` (`EMAIL_VERIFICATION`), or a page of another site sent the request, and `CORS_ORIGINS` does not have its origin. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The body is larger than 64 KiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The body is neither JSON nor a form. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Too many requests, logins or registrations. `Retry-After` says when to retry. */
            429: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Server error. The log has details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
            /** @description Temporarily unavailable. `Retry-After` says when to retry. */
            503: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    getDocument: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OpenAPI 3.1. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Too many requests, logins or registrations. `Retry-After` says when to retry. */
            429: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Server error. The log has details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    listTokens: {
        parameters: {
            query?: {
                /** @description `true`: only the token that this request uses. */
                current?: boolean;
                page?: number;
                per_page?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of live tokens, oldest first. `Link` (RFC 8288) repeats the links, and `Total-Count` the total. */
            200: {
                headers: {
                    /** @description The links of the page (RFC 8288). */
                    Link?: string;
                    /** @description Number of live tokens on all pages. */
                    "Total-Count"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        has_next: boolean;
                        has_prev: boolean;
                        items_per_page: number;
                        links: {
                            first: string;
                            last: string;
                            next?: string;
                            prev?: string;
                            self: string;
                        };
                        page: number;
                        tokens: {
                            /** Format: date-time */
                            created_at: string;
                            /** @description Whether this request uses the token. */
                            current: boolean;
                            /** @example Firefox on Linux */
                            description: string;
                            /** Format: date-time */
                            expires_at: string;
                            /** Format: uuid */
                            id: string;
                            ip: string;
                            last_used_at: string | null;
                            user_agent: string | null;
                        }[];
                        total_items: number;
                        total_pages: number;
                    };
                };
            };
            /** @description Invalid input, or a body that cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The token is missing, invalid, expired or revoked. `WWW-Authenticate` says which (RFC 6750 §3). */
            401: {
                headers: {
                    /** @description The realm, and the error if there was a token (RFC 6750 §3). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Too many requests, logins or registrations. `Retry-After` says when to retry. */
            429: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Server error. The log has details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
            /** @description Temporarily unavailable. `Retry-After` says when to retry. */
            503: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    revokeAllTokens: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Revoked on every node. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description With PostgreSQL, or when there are services: no node and no verifier accepts the token any more. */
                        effective?: {
                            /** @description Number of nodes that now refuse the token. */
                            nodes: number;
                            /** @description Number of verifiers that now refuse the token. */
                            verifiers: number;
                            /** @description How long the fleet took to confirm. */
                            waited_ms: number;
                        };
                        message: string;
                        /** @enum {string} */
                        status: "success";
                    };
                };
            };
            /** @description Invalid input, or a body that cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The token is missing, invalid, expired or revoked. `WWW-Authenticate` says which (RFC 6750 §3). */
            401: {
                headers: {
                    /** @description The realm, and the error if there was a token (RFC 6750 §3). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The body is larger than 64 KiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The body is neither JSON nor a form. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Too many requests, logins or registrations. `Retry-After` says when to retry. */
            429: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Server error. The log has details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
            /** @description Temporarily unavailable. `Retry-After` says when to retry. */
            503: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    revokeToken: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The token's `id` in the list. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Revoked on every node. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description With PostgreSQL, or when there are services: no node and no verifier accepts the token any more. */
                        effective?: {
                            /** @description Number of nodes that now refuse the token. */
                            nodes: number;
                            /** @description Number of verifiers that now refuse the token. */
                            verifiers: number;
                            /** @description How long the fleet took to confirm. */
                            waited_ms: number;
                        };
                        message: string;
                        /** @enum {string} */
                        status: "success";
                    };
                };
            };
            /** @description Invalid input, or a body that cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The token is missing, invalid, expired or revoked. `WWW-Authenticate` says which (RFC 6750 §3). */
            401: {
                headers: {
                    /** @description The realm, and the error if there was a token (RFC 6750 §3). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Not found. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The body is larger than 64 KiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The body is neither JSON nor a form. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Too many requests, logins or registrations. `Retry-After` says when to retry. */
            429: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Server error. The log has details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
            /** @description Temporarily unavailable. `Retry-After` says when to retry. */
            503: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    listWidgets: {
        parameters: {
            query?: {
                page?: number;
                per_page?: 5 | 10 | 25 | 50 | 100;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of widgets, oldest first. `Link` (RFC 8288) repeats the links, and `Total-Count` the total. */
            200: {
                headers: {
                    /** @description The links of the page (RFC 8288). */
                    Link?: string;
                    /** @description Number of widgets on all pages. */
                    "Total-Count"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        has_next: boolean;
                        has_prev: boolean;
                        items: {
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            deadline: string;
                            deadline_passed: boolean;
                            info_url: string;
                            link: string;
                            name: string;
                            /** @description Null if the account has been deleted. */
                            owner: {
                                email: string;
                                /** Format: uuid */
                                public_id: string;
                            } | null;
                            /**
                             * @example 2 days 3 hours 4 minutes 5 seconds
                             * @example No time remaining
                             */
                            time_remaining: string;
                        }[];
                        items_per_page: number;
                        links: {
                            first: string;
                            last: string;
                            next?: string;
                            prev?: string;
                            self: string;
                        };
                        page: number;
                        total_items: number;
                        total_pages: number;
                    };
                };
            };
            /** @description Invalid input, or a body that cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The token is missing, invalid, expired or revoked. `WWW-Authenticate` says which (RFC 6750 §3). */
            401: {
                headers: {
                    /** @description The realm, and the error if there was a token (RFC 6750 §3). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Too many requests, logins or registrations. `Retry-After` says when to retry. */
            429: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Server error. The log has details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
            /** @description Temporarily unavailable. `Retry-After` says when to retry. */
            503: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    addWidget: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Format: deadline
                     * @description A date or datetime, today or later in UTC: ISO 8601, `01/31/2030` or `Jan 31 2030`.
                     * @example 2030-01-31
                     */
                    deadline: string;
                    /**
                     * Format: web-url
                     * @description An absolute http or https URL without credentials, at most 255 characters.
                     * @example https://www.example.com/widget
                     */
                    info_url: string;
                    /**
                     * Format: widget-name
                     * @description 1 to 100 of a-z, 0-9, - and _.
                     * @example first-widget
                     */
                    name: string;
                };
                "application/x-www-form-urlencoded": {
                    /**
                     * Format: deadline
                     * @description A date or datetime, today or later in UTC: ISO 8601, `01/31/2030` or `Jan 31 2030`.
                     * @example 2030-01-31
                     */
                    deadline: string;
                    /**
                     * Format: web-url
                     * @description An absolute http or https URL without credentials, at most 255 characters.
                     * @example https://www.example.com/widget
                     */
                    info_url: string;
                    /**
                     * Format: widget-name
                     * @description 1 to 100 of a-z, 0-9, - and _.
                     * @example first-widget
                     */
                    name: string;
                };
            };
        };
        responses: {
            /** @description The action succeeded. */
            201: {
                headers: {
                    /** @description The path of the new widget. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        message: string;
                        /** @enum {string} */
                        status: "success";
                    };
                };
            };
            /** @description Invalid input, or a body that cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The token is missing, invalid, expired or revoked. `WWW-Authenticate` says which (RFC 6750 §3). */
            401: {
                headers: {
                    /** @description The realm, and the error if there was a token (RFC 6750 §3). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The token is valid, but not an administrator’s. */
            403: {
                headers: {
                    /** @description The realm, and the error if there was a token (RFC 6750 §3). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The name is already in use. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The body is larger than 64 KiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The body is neither JSON nor a form. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Too many requests, logins or registrations. `Retry-After` says when to retry. */
            429: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Server error. The log has details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
            /** @description Temporarily unavailable. `Retry-After` says when to retry. */
            503: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    getWidget: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Converted to lower case. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A widget. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: date-time */
                        created_at: string;
                        /** Format: date-time */
                        deadline: string;
                        deadline_passed: boolean;
                        info_url: string;
                        link: string;
                        name: string;
                        /** @description Null if the account has been deleted. */
                        owner: {
                            email: string;
                            /** Format: uuid */
                            public_id: string;
                        } | null;
                        /**
                         * @example 2 days 3 hours 4 minutes 5 seconds
                         * @example No time remaining
                         */
                        time_remaining: string;
                    };
                };
            };
            /** @description The token is missing, invalid, expired or revoked. `WWW-Authenticate` says which (RFC 6750 §3). */
            401: {
                headers: {
                    /** @description The realm, and the error if there was a token (RFC 6750 §3). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Not found. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Too many requests, logins or registrations. `Retry-After` says when to retry. */
            429: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Server error. The log has details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
            /** @description Temporarily unavailable. `Retry-After` says when to retry. */
            503: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    putWidget: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description 1 to 100 of a-z, 0-9, - and _.
                 * @example first-widget
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Format: deadline
                     * @description A date or datetime, today or later in UTC: ISO 8601, `01/31/2030` or `Jan 31 2030`.
                     * @example 2030-01-31
                     */
                    deadline: string;
                    /**
                     * Format: web-url
                     * @description An absolute http or https URL without credentials, at most 255 characters.
                     * @example https://www.example.com/widget
                     */
                    info_url: string;
                };
                "application/x-www-form-urlencoded": {
                    /**
                     * Format: deadline
                     * @description A date or datetime, today or later in UTC: ISO 8601, `01/31/2030` or `Jan 31 2030`.
                     * @example 2030-01-31
                     */
                    deadline: string;
                    /**
                     * Format: web-url
                     * @description An absolute http or https URL without credentials, at most 255 characters.
                     * @example https://www.example.com/widget
                     */
                    info_url: string;
                };
            };
        };
        responses: {
            /** @description The action succeeded. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        message: string;
                        /** @enum {string} */
                        status: "success";
                    };
                };
            };
            /** @description The action succeeded. */
            201: {
                headers: {
                    /** @description The path of the new widget. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        message: string;
                        /** @enum {string} */
                        status: "success";
                    };
                };
            };
            /** @description Invalid input, or a body that cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The token is missing, invalid, expired or revoked. `WWW-Authenticate` says which (RFC 6750 §3). */
            401: {
                headers: {
                    /** @description The realm, and the error if there was a token (RFC 6750 §3). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The token is valid, but not an administrator’s. */
            403: {
                headers: {
                    /** @description The realm, and the error if there was a token (RFC 6750 §3). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The body is larger than 64 KiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The body is neither JSON nor a form. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Too many requests, logins or registrations. `Retry-After` says when to retry. */
            429: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Server error. The log has details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
            /** @description Temporarily unavailable. `Retry-After` says when to retry. */
            503: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    deleteWidget: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Converted to lower case. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The widget was deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Invalid input, or a body that cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The token is missing, invalid, expired or revoked. `WWW-Authenticate` says which (RFC 6750 §3). */
            401: {
                headers: {
                    /** @description The realm, and the error if there was a token (RFC 6750 §3). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The token is valid, but not an administrator’s. */
            403: {
                headers: {
                    /** @description The realm, and the error if there was a token (RFC 6750 §3). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Not found. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The body is larger than 64 KiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The body is neither JSON nor a form. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Too many requests, logins or registrations. `Retry-After` says when to retry. */
            429: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Server error. The log has details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
            /** @description Temporarily unavailable. `Retry-After` says when to retry. */
            503: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    getLiveness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Yes. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        message: string;
                        /** @enum {string} */
                        status: "success";
                    };
                };
            };
            /** @description Server error. The log has details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The text format of Prometheus. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description Server error. The log has details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
            /** @description Temporarily unavailable. `Retry-After` says when to retry. */
            503: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    revokeTokensOfUser: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Instead of HTTP Basic. */
                    client_id?: string;
                    /** @description Instead of HTTP Basic. */
                    client_secret?: string;
                    sub_id: {
                        email: string;
                        /** @enum {string} */
                        format: "email";
                    } | {
                        /** @enum {string} */
                        format: "iss_sub";
                        iss: string;
                        sub: string;
                    };
                };
            };
        };
        responses: {
            /** @description No node and no verifier accepts a token of the user. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`, `unsupported_grant_type` or `invalid_scope`. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OauthError"];
                };
            };
            /** @description `invalid_client`: the credentials of the service are missing or wrong. */
            401: {
                headers: {
                    /** @description The realm, for HTTP Basic. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OauthError"];
                };
            };
            /** @description `unauthorized_client`: the service has no right to do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OauthError"];
                };
            };
            /** @description There is no such user. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OauthError"];
                };
            };
            /** @description The body is larger than 64 KiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OauthError"];
                };
            };
            /** @description The body has another media type. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OauthError"];
                };
            };
            /** @description Too many requests. `Retry-After` says when to retry. */
            429: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OauthError"];
                };
            };
            /** @description Server error. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OauthError"];
                };
            };
            /** @description Temporarily unavailable. `Retry-After` says when to retry. */
            503: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OauthError"];
                };
            };
        };
    };
    introspectToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": {
                    /** @description Instead of HTTP Basic. */
                    client_id?: string;
                    /** @description Instead of HTTP Basic. */
                    client_secret?: string;
                    token: string;
                    /** @description Ignored. */
                    token_type_hint?: string;
                };
            };
        };
        responses: {
            /** @description RFC 7662 §2.2. Without `active`, nothing else is said. */
            200: {
                headers: {
                    /** @description `no-store`. */
                    "Cache-Control"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        active: boolean;
                        admin?: boolean;
                        aud?: string | string[];
                        client_id?: string;
                        exp?: number;
                        gen?: number;
                        iat?: number;
                        iss?: string;
                        jti?: string;
                        nbf?: number;
                        sub?: string;
                        /** @enum {string} */
                        token_type?: "Bearer";
                        username?: string;
                    };
                };
            };
            /** @description `invalid_request`, `unsupported_grant_type` or `invalid_scope`. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OauthError"];
                };
            };
            /** @description `invalid_client`: the credentials of the service are missing or wrong. */
            401: {
                headers: {
                    /** @description The realm, for HTTP Basic. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OauthError"];
                };
            };
            /** @description The body is larger than 64 KiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OauthError"];
                };
            };
            /** @description The body has another media type. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OauthError"];
                };
            };
            /** @description Too many requests. `Retry-After` says when to retry. */
            429: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OauthError"];
                };
            };
            /** @description Server error. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OauthError"];
                };
            };
            /** @description Temporarily unavailable. `Retry-After` says when to retry. */
            503: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OauthError"];
                };
            };
        };
    };
    revokeHeldToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": {
                    /** @description Instead of HTTP Basic. */
                    client_id?: string;
                    /** @description Instead of HTTP Basic. */
                    client_secret?: string;
                    token: string;
                    /** @description Ignored. */
                    token_type_hint?: string;
                };
            };
        };
        responses: {
            /** @description No node and no verifier accepts the token. Also for a text that is no token. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`, `unsupported_grant_type` or `invalid_scope`. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OauthError"];
                };
            };
            /** @description `invalid_client`: the credentials of the service are missing or wrong. */
            401: {
                headers: {
                    /** @description The realm, for HTTP Basic. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OauthError"];
                };
            };
            /** @description The body is larger than 64 KiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OauthError"];
                };
            };
            /** @description The body has another media type. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OauthError"];
                };
            };
            /** @description Too many requests. `Retry-After` says when to retry. */
            429: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OauthError"];
                };
            };
            /** @description Server error. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OauthError"];
                };
            };
            /** @description Temporarily unavailable. `Retry-After` says when to retry. */
            503: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OauthError"];
                };
            };
        };
    };
    issueServiceToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": {
                    /** @description Instead of HTTP Basic. */
                    client_id?: string;
                    /** @description Instead of HTTP Basic. */
                    client_secret?: string;
                    /** @enum {string} */
                    grant_type: "client_credentials";
                };
            };
        };
        responses: {
            /** @description RFC 6749 §5.1. */
            200: {
                headers: {
                    /** @description `no-store`. */
                    "Cache-Control"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The token, a compact JWS. */
                        access_token: string;
                        /** @description Seconds until the token expires. */
                        expires_in: number;
                        /** @enum {string} */
                        token_type: "Bearer";
                    };
                };
            };
            /** @description `invalid_request`, `unsupported_grant_type` or `invalid_scope`. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OauthError"];
                };
            };
            /** @description `invalid_client`: the credentials of the service are missing or wrong. */
            401: {
                headers: {
                    /** @description The realm, for HTTP Basic. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OauthError"];
                };
            };
            /** @description The body is larger than 64 KiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OauthError"];
                };
            };
            /** @description The body has another media type. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OauthError"];
                };
            };
            /** @description Too many requests. `Retry-After` says when to retry. */
            429: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OauthError"];
                };
            };
            /** @description Server error. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OauthError"];
                };
            };
            /** @description Temporarily unavailable. `Retry-After` says when to retry. */
            503: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OauthError"];
                };
            };
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Yes. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        message: string;
                        /** @enum {string} */
                        status: "success";
                    };
                };
            };
            /** @description Server error. The log has details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
            /** @description Temporarily unavailable. `Retry-After` says when to retry. */
            503: {
                headers: {
                    /** @description Seconds to wait before the next try. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
}
