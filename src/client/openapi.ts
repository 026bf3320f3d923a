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
    "/api/v1/admin/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the audit trail, the newest row first */
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/fleet": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the nodes of the fleet */
        get: operations["listNodes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the signing keys */
        get: operations["listKeys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/keys/{kid}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Revoke a stolen key, and every token that the key has signed */
        post: operations["revokeKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/keys/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign with the next key
         * @description Previous keys remain valid until their last token expires.
         */
        post: operations["rotateKeys"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/services": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the services */
        get: operations["listServices"];
        put?: never;
        /** Register a service */
        post: operations["addService"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/services/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Remove a service, and revoke every token of the service */
        delete: operations["removeService"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List accounts */
        get: operations["listUsers"];
        put?: never;
        /** Add an account */
        post: operations["addUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get an account */
        get: operations["getAnyUser"];
        put?: never;
        post?: never;
        /** Delete an account for ever */
        delete: operations["deleteAnyUser"];
        options?: never;
        head?: never;
        /** Give or take rights, disable or enable */
        patch: operations["changeAnyUser"];
        trace?: never;
    };
    "/api/v1/admin/users/{id}/factors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Remove all second factors of a person who has lost them, and revoke all tokens */
        delete: operations["resetFactorsOfUser"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/users/{id}/password-reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a person a link that sets a new password
         * @description If this service sends no mail, the answer has the link.
         */
        post: operations["offerPasswordReset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/users/{id}/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where is this account logged in */
        get: operations["listTokensOfUser"];
        put?: never;
        post?: never;
        /** Revoke all tokens of an account */
        delete: operations["revokeAllTokensOfUser"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/users/{id}/tokens/{jti}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke one token of an account */
        delete: operations["revokeTokenOfUser"];
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
    "/api/v1/auth/login/passkey": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Log in with a passkey, alone or as the second step */
        post: operations["logInWithPasskey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/login/passkey/options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Options for a login with a passkey, alone or as the second step */
        post: operations["offerPasskeyLogin"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/login/recovery-code": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Finish a login with a recovery code, which is then used up */
        post: operations["logInWithRecoveryCode"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/login/totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Finish a login with a code of the authenticator app */
        post: operations["logInWithTotp"];
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
    "/api/v1/auth/passkeys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List your passkeys, oldest first */
        get: operations["listPasskeys"];
        put?: never;
        /** Add a passkey */
        post: operations["addPasskey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/passkeys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Remove a passkey */
        delete: operations["removePasskey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/passkeys/options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Options for a new passkey */
        post: operations["offerPasskey"];
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
    "/api/v1/auth/recovery-codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make ten new recovery codes: the old ones are void */
        post: operations["renewRecoveryCodes"];
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
        /**
         * Register an account
         * @description With `REGISTRATION=closed` and `REGISTRATION=invite`, every request gets 403 `registration is closed`, and only the operator and administrators make accounts.
         */
        post: operations["registerAccount"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/renew": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replace this token by a new one of the same session
         * @description Until `SESSION_MAX_SECONDS` after the login. This token ends. Of two simultaneous renewals one gets 401.
         */
        post: operations["renewToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Add an authenticator app (RFC 6238): its secret */
        post: operations["startTotp"];
        /** Remove the authenticator app */
        delete: operations["removeTotp"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/totp/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put the authenticator app in force with its first code */
        post: operations["confirmTotp"];
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
        /**
         * Make a named token, for a program
         * @description The token ends with the others of the account, and renews nothing.
         */
        post: operations["createToken"];
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
    listAudit: {
        parameters: {
            query?: {
                /** @description One of login, login.failed, renewal.refused, token.created, token.renewed, token.revoked, tokens.revoked, revocation.confirmed, account.registered, account.added, account.invited, account.changed, account.enabled, account.disabled, account.promoted, account.demoted, account.deleted, accounts.imported, widgets.imported, import.ended, address.verified, address.changed, password.changed, password.reset, password.reset-offered, factors.changed, recovery-code.used, factors.reset, key.rotated, key.revoked, service.added, service.rotated, service.removed, database.reset, audit.resealed. */
                action?: string;
                /** @description The `public_id` of the caller. */
                actor?: string;
                page?: number;
                per_page?: 5 | 10 | 25 | 50 | 100;
                /**
                 * @description From this time on.
                 * @example 2030-01-31T12:00:00Z
                 */
                since?: string;
                /** @description The `public_id` or the `client_id` of what it happened to. */
                subject?: string;
                /**
                 * @description Before this time.
                 * @example 2030-01-31T12:00:00Z
                 */
                until?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of rows, the newest first,, oldest first. `Link` (RFC 8288) repeats the links, and `Total-Count` the total. */
            200: {
                headers: {
                    /** @description The links of the page (RFC 8288). */
                    Link?: string;
                    /** @description Number of rows, the newest first, on all pages. */
                    "Total-Count"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        has_next: boolean;
                        has_prev: boolean;
                        items: {
                            /** @example token.revoked */
                            action: string;
                            /** @description The `public_id` of the caller, or the `client_id` of a service. `null`: the caller is not known, or a command did it. */
                            actor: string | null;
                            address: string | null;
                            /** Format: date-time */
                            at: string;
                            details: {
                                [key: string]: unknown;
                            };
                            /** @description SHA-256 over this row and the hash of the row before, as base64url. */
                            hash: string;
                            request_id: string | null;
                            seq: number;
                            /** @description The `public_id` of the user, or the `client_id` of the service, that it happened to. */
                            subject: string | null;
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
            /** @description The token is valid, but does not give the right: it is not an administrator’s, or its scope does not suffice. */
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
    listNodes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The nodes that share the database. With SQLite there is no fleet, and the list is empty. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        nodes: {
                            /** Format: uuid */
                            id: string;
                            /** Format: date-time */
                            joined_at: string;
                            /** @description Entries of the log that the node does not show yet. */
                            lag: number;
                            /** @description An upper bound. 0: the lease is over. */
                            lease_left_ms: number;
                            lease_ms: number;
                            name: string;
                            protocol: number;
                            renewed_ms_ago: number;
                            verifiers: number;
                            version: string;
                        }[];
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
            /** @description The token is valid, but does not give the right: it is not an administrator’s, or its scope does not suffice. */
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
    listKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The signing keys, without key material. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        keys: {
                            alg: string;
                            /** Format: date-time */
                            created_at: string;
                            current: boolean;
                            from_file: boolean;
                            kid: string;
                            next: boolean;
                            retired_at: string | null;
                            signs_from: string | null;
                        }[];
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
            /** @description The token is valid, but does not give the right: it is not an administrator’s, or its scope does not suffice. */
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
    revokeKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                kid: string;
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
            /** @description The token is valid, but does not give the right: it is not an administrator’s, or its scope does not suffice. */
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
    rotateKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The key that signs from `signs_from` on. `null`: the key signs now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        alg: string;
                        kid: string;
                        message: string;
                        signs_from: string | null;
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
            /** @description The token is valid, but does not give the right: it is not an administrator’s, or its scope does not suffice. */
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
            /** @description The name is already in use, or the change cannot be made now. */
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
    listServices: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The services. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        services: {
                            /** Format: uuid */
                            client_id: string;
                            /** Format: date-time */
                            created_at: string;
                            /** a list that may have revoke-users */
                            may: "revoke-users"[];
                            name: string;
                            previous_secret_until: string | null;
                        }[];
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
            /** @description The token is valid, but does not give the right: it is not an administrator’s, or its scope does not suffice. */
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
    addService: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** a list that may have revoke-users */
                    may?: "revoke-users"[];
                    /**
                     * Format: service-name
                     * @example shop
                     */
                    name: string;
                };
                "application/x-www-form-urlencoded": {
                    /** a list that may have revoke-users */
                    may?: "revoke-users"[];
                    /**
                     * Format: service-name
                     * @example shop
                     */
                    name: string;
                };
            };
        };
        responses: {
            /** @description The credentials, shown once. */
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
                        /** Format: uuid */
                        client_id: string;
                        client_secret: string;
                        message: string;
                        name: string;
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
            /** @description The token is valid, but does not give the right: it is not an administrator’s, or its scope does not suffice. */
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
            /** @description The name is already in use, or the change cannot be made now. */
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
    removeService: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `client_id` of the service. */
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
            /** @description The token is valid, but does not give the right: it is not an administrator’s, or its scope does not suffice. */
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
    listUsers: {
        parameters: {
            query?: {
                page?: number;
                per_page?: 5 | 10 | 25 | 50 | 100;
                /** @description The beginning of an e-mail address, a username or an id. Case does not count. */
                query?: string;
                /** @description With `-`: the greatest first. */
                sort?: "created_at" | "-created_at" | "email" | "-email" | "last_login_at" | "-last_login_at";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of accounts, oldest first. `Link` (RFC 8288) repeats the links, and `Total-Count` the total. */
            200: {
                headers: {
                    /** @description The links of the page (RFC 8288). */
                    Link?: string;
                    /** @description Number of accounts on all pages. */
                    "Total-Count"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        has_next: boolean;
                        has_prev: boolean;
                        items: {
                            admin: boolean;
                            /** Format: date-time */
                            created_at: string;
                            /** @description Whether logins are refused now. */
                            disabled: boolean;
                            disabled_at: string | null;
                            /** @description The end of this. `null`: until an administrator enables the account. */
                            disabled_until: string | null;
                            email: string;
                            email_verified: boolean;
                            /** @description The second factors in force. */
                            factors: ("totp" | "passkey")[];
                            last_login_at: string | null;
                            /** Format: uuid */
                            public_id: string;
                            username: string | null;
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
            /** @description The token is valid, but does not give the right: it is not an administrator’s, or its scope does not suffice. */
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
    addUser: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @default false */
                    admin?: boolean;
                    /**
                     * Format: email
                     * @example user@example.com
                     */
                    email: string;
                    /**
                     * Format: password
                     * @description Without it, the owner is invited to set one.
                     * @example correct horse battery
                     */
                    password?: string;
                    /**
                     * Format: username
                     * @example john-doe
                     */
                    username?: string;
                };
                "application/x-www-form-urlencoded": {
                    /** @default false */
                    admin?: boolean;
                    /**
                     * Format: email
                     * @example user@example.com
                     */
                    email: string;
                    /**
                     * Format: password
                     * @description Without it, the owner is invited to set one.
                     * @example correct horse battery
                     */
                    password?: string;
                    /**
                     * Format: username
                     * @example john-doe
                     */
                    username?: string;
                };
            };
        };
        responses: {
            /** @description The account. */
            201: {
                headers: {
                    /** @description The path of the new account. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description For the owner, if this service sends no mail. It counts once. */
                        link?: string;
                        message: string;
                        /** @enum {string} */
                        status: "success";
                        /** @description An account. */
                        user: {
                            admin: boolean;
                            /** Format: date-time */
                            created_at: string;
                            /** @description Whether logins are refused now. */
                            disabled: boolean;
                            disabled_at: string | null;
                            /** @description The end of this. `null`: until an administrator enables the account. */
                            disabled_until: string | null;
                            email: string;
                            email_verified: boolean;
                            /** @description The second factors in force. */
                            factors: ("totp" | "passkey")[];
                            last_login_at: string | null;
                            /** Format: uuid */
                            public_id: string;
                            username: string | null;
                        };
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
            /** @description The token is valid, but does not give the right: it is not an administrator’s, or its scope does not suffice. */
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
            /** @description The name is already in use, or the change cannot be made now. */
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
    getAnyUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `public_id` of the account. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An account. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        admin: boolean;
                        /** Format: date-time */
                        created_at: string;
                        /** @description Whether logins are refused now. */
                        disabled: boolean;
                        disabled_at: string | null;
                        /** @description The end of this. `null`: until an administrator enables the account. */
                        disabled_until: string | null;
                        email: string;
                        email_verified: boolean;
                        /** @description The second factors in force. */
                        factors: ("totp" | "passkey")[];
                        last_login_at: string | null;
                        /** Format: uuid */
                        public_id: string;
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
            /** @description The token is valid, but does not give the right: it is not an administrator’s, or its scope does not suffice. */
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
    deleteAnyUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `public_id` of the account. */
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
            /** @description The token is valid, but does not give the right: it is not an administrator’s, or its scope does not suffice. */
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
            /** @description The name is already in use, or the change cannot be made now. */
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
    changeAnyUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `public_id` of the account. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    admin?: boolean;
                    /** @description `true` also ends every token. */
                    disabled?: boolean;
                    /**
                     * Format: future-instant
                     * @description Logins are refused until then (ISO 8601 with a time zone), and every token ends.
                     * @example 2030-01-31T12:00:00Z
                     */
                    disabled_until?: string;
                };
                "application/x-www-form-urlencoded": {
                    admin?: boolean;
                    /** @description `true` also ends every token. */
                    disabled?: boolean;
                    /**
                     * Format: future-instant
                     * @description Logins are refused until then (ISO 8601 with a time zone), and every token ends.
                     * @example 2030-01-31T12:00:00Z
                     */
                    disabled_until?: string;
                };
            };
        };
        responses: {
            /** @description The account, and what the fleet has confirmed if tokens had to end. */
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
                        /** @description An account. */
                        user: {
                            admin: boolean;
                            /** Format: date-time */
                            created_at: string;
                            /** @description Whether logins are refused now. */
                            disabled: boolean;
                            disabled_at: string | null;
                            /** @description The end of this. `null`: until an administrator enables the account. */
                            disabled_until: string | null;
                            email: string;
                            email_verified: boolean;
                            /** @description The second factors in force. */
                            factors: ("totp" | "passkey")[];
                            last_login_at: string | null;
                            /** Format: uuid */
                            public_id: string;
                            username: string | null;
                        };
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
            /** @description The token is valid, but does not give the right: it is not an administrator’s, or its scope does not suffice. */
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
            /** @description The name is already in use, or the change cannot be made now. */
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
    resetFactorsOfUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `public_id` of the account. */
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
            /** @description The token is valid, but does not give the right: it is not an administrator’s, or its scope does not suffice. */
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
    offerPasswordReset: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `public_id` of the account. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The message is queued, or the link. */
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
                        /** @description For the owner, if this service sends no mail. It counts once. */
                        link?: string;
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
            /** @description The token is valid, but does not give the right: it is not an administrator’s, or its scope does not suffice. */
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
    listTokensOfUser: {
        parameters: {
            query?: {
                page?: number;
                per_page?: number;
            };
            header?: never;
            path: {
                /** @description The `public_id` of the account. */
                id: string;
            };
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
                            kind: "login" | "named" | "service";
                            last_used_at: string | null;
                            /** @description What a named token may be used for. `null`: all that its owner may do. */
                            scope: string | null;
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
            /** @description The token is valid, but does not give the right: it is not an administrator’s, or its scope does not suffice. */
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
    revokeAllTokensOfUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `public_id` of the account. */
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
            /** @description The token is valid, but does not give the right: it is not an administrator’s, or its scope does not suffice. */
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
    revokeTokenOfUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `public_id` of the account. */
                id: string;
                /** @description The `id` of the token in the list. */
                jti: string;
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
            /** @description The token is valid, but does not give the right: it is not an administrator’s, or its scope does not suffice. */
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
                    /** @description Whether the token has an administrator’s rights. */
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
                    /** @description Whether the token has an administrator’s rights. */
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
                     * @description Of the authenticator app, or a recovery code. It counts once.
                     * @example 123456
                     */
                    code?: string;
                    /** the answer of navigator.credentials.get, as JSON */
                    credential?: {
                        /** @description base64url */
                        id: string;
                        /** @description base64url */
                        rawId: string;
                        response: {
                            /** @description base64url */
                            authenticatorData: string;
                            /** @description base64url */
                            clientDataJSON: string;
                            /** @description base64url */
                            signature: string;
                            /** @description base64url */
                            userHandle?: string;
                        };
                        /** @enum {string} */
                        type: "public-key";
                    };
                    /**
                     * Format: email
                     * @description Trimmed and converted to lower case.
                     * @example user@example.com
                     */
                    email: string;
                    /** @example correct horse battery */
                    password?: string;
                } & ({
                    password: string;
                } | {
                    code: string;
                } | {
                    credential: Record<string, never>;
                });
                "application/x-www-form-urlencoded": {
                    /**
                     * @description Of the authenticator app, or a recovery code. It counts once.
                     * @example 123456
                     */
                    code?: string;
                    /** the answer of navigator.credentials.get, as JSON */
                    credential?: {
                        /** @description base64url */
                        id: string;
                        /** @description base64url */
                        rawId: string;
                        response: {
                            /** @description base64url */
                            authenticatorData: string;
                            /** @description base64url */
                            clientDataJSON: string;
                            /** @description base64url */
                            signature: string;
                            /** @description base64url */
                            userHandle?: string;
                        };
                        /** @enum {string} */
                        type: "public-key";
                    };
                    /**
                     * Format: email
                     * @description Trimmed and converted to lower case.
                     * @example user@example.com
                     */
                    email: string;
                    /** @example correct horse battery */
                    password?: string;
                } & ({
                    password: string;
                } | {
                    code: string;
                } | {
                    credential: Record<string, never>;
                });
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
            /** @description The token is missing, invalid, expired or revoked. `WWW-Authenticate` says which (RFC 6750 §3). Without `WWW-Authenticate`: `email or password does not match` for a wrong `password` or `code`, or `second factor required` with `factors` for a missing `code`. */
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
            /** @description The token is a named one, or belongs to a service; or this service sends no mail. */
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
            /** @description The token is a named one, or belongs to a service; or this service sends no mail. */
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
                        /**
                         * @description The token can only add a second factor, which the account needs.
                         * @enum {string}
                         */
                        scope?: "factors";
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
            /** @description `email or password does not match`: the answer does not say which. Or `second factor required`, with a ticket for the second step. No `WWW-Authenticate`. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description For invalid input: a message for each field. */
                        errors?: {
                            [key: string]: string;
                        };
                        factors?: ("totp" | "passkey")[];
                        message: string;
                        /** @enum {string} */
                        status: "fail";
                        /** @description Proves the right password for five minutes and five tries. */
                        ticket?: string;
                    };
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
    logInWithPasskey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** the answer of navigator.credentials.get, as JSON */
                    credential: {
                        /** @description base64url */
                        id: string;
                        /** @description base64url */
                        rawId: string;
                        response: {
                            /** @description base64url */
                            authenticatorData: string;
                            /** @description base64url */
                            clientDataJSON: string;
                            /** @description base64url */
                            signature: string;
                            /** @description base64url */
                            userHandle?: string;
                        };
                        /** @enum {string} */
                        type: "public-key";
                    };
                    /** @description From the first step, `POST /auth/login`. Without it: a login by the passkey alone. */
                    ticket?: string;
                };
                "application/x-www-form-urlencoded": {
                    /** the answer of navigator.credentials.get, as JSON */
                    credential: {
                        /** @description base64url */
                        id: string;
                        /** @description base64url */
                        rawId: string;
                        response: {
                            /** @description base64url */
                            authenticatorData: string;
                            /** @description base64url */
                            clientDataJSON: string;
                            /** @description base64url */
                            signature: string;
                            /** @description base64url */
                            userHandle?: string;
                        };
                        /** @enum {string} */
                        type: "public-key";
                    };
                    /** @description From the first step, `POST /auth/login`. Without it: a login by the passkey alone. */
                    ticket?: string;
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
                        /**
                         * @description The token can only add a second factor, which the account needs.
                         * @enum {string}
                         */
                        scope?: "factors";
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
            /** @description The ticket or the passkey does not count. The message says which. No `WWW-Authenticate`. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description A page of another site sent the request, and `CORS_ORIGINS` does not have its origin. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `PUBLIC_URL` has no `https` or no host name, so browsers offer no passkeys. */
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
    offerPasskeyLogin: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description From the first step, `POST /auth/login`. Without it: a login by the passkey alone. */
                    ticket?: string;
                };
                "application/x-www-form-urlencoded": {
                    /** @description From the first step, `POST /auth/login`. Without it: a login by the passkey alone. */
                    ticket?: string;
                };
            };
        };
        responses: {
            /** @description The options for the browser. */
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
                        message: string;
                        /** @description For `PublicKeyCredential.parseRequestOptionsFromJSON`. */
                        options: {
                            [key: string]: unknown;
                        };
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
            /** @description The ticket or the passkey does not count. The message says which. No `WWW-Authenticate`. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description A page of another site sent the request, and `CORS_ORIGINS` does not have its origin. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `PUBLIC_URL` has no `https` or no host name, so browsers offer no passkeys. */
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
    logInWithRecoveryCode: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @example 7h2k-m0qd-x9fz-3c8r-vw5t-e1bn */
                    code: string;
                    /** @description From the first step, `POST /auth/login`. */
                    ticket: string;
                };
                "application/x-www-form-urlencoded": {
                    /** @example 7h2k-m0qd-x9fz-3c8r-vw5t-e1bn */
                    code: string;
                    /** @description From the first step, `POST /auth/login`. */
                    ticket: string;
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
                        /**
                         * @description The token can only add a second factor, which the account needs.
                         * @enum {string}
                         */
                        scope?: "factors";
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
            /** @description The ticket or the code does not count. The message says which. No `WWW-Authenticate`. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description A page of another site sent the request, and `CORS_ORIGINS` does not have its origin. */
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
    logInWithTotp: {
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
                     * @description Of the authenticator app.
                     * @example 123456
                     */
                    code: string;
                    /** @description From the first step, `POST /auth/login`. */
                    ticket: string;
                };
                "application/x-www-form-urlencoded": {
                    /**
                     * @description Of the authenticator app.
                     * @example 123456
                     */
                    code: string;
                    /** @description From the first step, `POST /auth/login`. */
                    ticket: string;
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
                        /**
                         * @description The token can only add a second factor, which the account needs.
                         * @enum {string}
                         */
                        scope?: "factors";
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
            /** @description The ticket or the code does not count. The message says which. No `WWW-Authenticate`. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description A page of another site sent the request, and `CORS_ORIGINS` does not have its origin. */
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
    listPasskeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Your passkeys. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        passkeys: {
                            /** Format: date-time */
                            created_at: string;
                            /** Format: uuid */
                            id: string;
                            /** Format: date-time */
                            last_used_at: string | null;
                            name: string;
                        }[];
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
            /** @description The token is a named one, or belongs to a service. */
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
    addPasskey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** the answer of navigator.credentials.create, as JSON */
                    credential: {
                        /** @description base64url */
                        id: string;
                        /** @description base64url */
                        rawId: string;
                        response: {
                            /** @description base64url */
                            attestationObject: string;
                            /** @description base64url */
                            clientDataJSON: string;
                            transports?: string[];
                        };
                        /** @enum {string} */
                        type: "public-key";
                    };
                    /**
                     * Format: passkey-name
                     * @example Phone
                     */
                    name: string;
                };
                "application/x-www-form-urlencoded": {
                    /** the answer of navigator.credentials.create, as JSON */
                    credential: {
                        /** @description base64url */
                        id: string;
                        /** @description base64url */
                        rawId: string;
                        response: {
                            /** @description base64url */
                            attestationObject: string;
                            /** @description base64url */
                            clientDataJSON: string;
                            transports?: string[];
                        };
                        /** @enum {string} */
                        type: "public-key";
                    };
                    /**
                     * Format: passkey-name
                     * @example Phone
                     */
                    name: string;
                };
            };
        };
        responses: {
            /** @description The passkey is in force. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: date-time */
                        created_at: string;
                        /** Format: uuid */
                        id: string;
                        /** Format: date-time */
                        last_used_at: string | null;
                        message: string;
                        name: string;
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
            /** @description The token is missing, invalid, expired or revoked. `WWW-Authenticate` says which (RFC 6750 §3). Without `WWW-Authenticate`: `email or password does not match` for a wrong `password` or `code`, or `second factor required` with `factors` for a missing `code`. */
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
            /** @description The token is a named one, or belongs to a service. */
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
            /** @description The passkey is in use already, or passkeys are unavailable. */
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
    removePasskey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        /** @description The `password`; or once a second factor is in force, a `code`, or the `credential` of a passkey (options: `POST /auth/login/passkey/options`). Then the password is not looked at. */
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description Of the authenticator app, or a recovery code. It counts once.
                     * @example 123456
                     */
                    code?: string;
                    /** the answer of navigator.credentials.get, as JSON */
                    credential?: {
                        /** @description base64url */
                        id: string;
                        /** @description base64url */
                        rawId: string;
                        response: {
                            /** @description base64url */
                            authenticatorData: string;
                            /** @description base64url */
                            clientDataJSON: string;
                            /** @description base64url */
                            signature: string;
                            /** @description base64url */
                            userHandle?: string;
                        };
                        /** @enum {string} */
                        type: "public-key";
                    };
                    /** @example correct horse battery */
                    password?: string;
                } & ({
                    password: string;
                } | {
                    code: string;
                } | {
                    credential: Record<string, never>;
                });
                "application/x-www-form-urlencoded": {
                    /**
                     * @description Of the authenticator app, or a recovery code. It counts once.
                     * @example 123456
                     */
                    code?: string;
                    /** the answer of navigator.credentials.get, as JSON */
                    credential?: {
                        /** @description base64url */
                        id: string;
                        /** @description base64url */
                        rawId: string;
                        response: {
                            /** @description base64url */
                            authenticatorData: string;
                            /** @description base64url */
                            clientDataJSON: string;
                            /** @description base64url */
                            signature: string;
                            /** @description base64url */
                            userHandle?: string;
                        };
                        /** @enum {string} */
                        type: "public-key";
                    };
                    /** @example correct horse battery */
                    password?: string;
                } & ({
                    password: string;
                } | {
                    code: string;
                } | {
                    credential: Record<string, never>;
                });
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
            /** @description Invalid input, or a body that cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The token is missing, invalid, expired or revoked. `WWW-Authenticate` says which (RFC 6750 §3). Without `WWW-Authenticate`: `email or password does not match` for a wrong `password` or `code`, or `second factor required` with `factors` for a missing `code`. */
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
            /** @description The token is a named one, or belongs to a service. */
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
            /** @description You have no such passkey. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The last factor, where `ADMIN_FACTOR` or `USER_FACTOR` requires one. */
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
    offerPasskey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The `password`; or once a second factor is in force, a `code`, or the `credential` of a passkey (options: `POST /auth/login/passkey/options`). Then the password is not looked at. */
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description Of the authenticator app, or a recovery code. It counts once.
                     * @example 123456
                     */
                    code?: string;
                    /** the answer of navigator.credentials.get, as JSON */
                    credential?: {
                        /** @description base64url */
                        id: string;
                        /** @description base64url */
                        rawId: string;
                        response: {
                            /** @description base64url */
                            authenticatorData: string;
                            /** @description base64url */
                            clientDataJSON: string;
                            /** @description base64url */
                            signature: string;
                            /** @description base64url */
                            userHandle?: string;
                        };
                        /** @enum {string} */
                        type: "public-key";
                    };
                    /** @example correct horse battery */
                    password?: string;
                } & ({
                    password: string;
                } | {
                    code: string;
                } | {
                    credential: Record<string, never>;
                });
                "application/x-www-form-urlencoded": {
                    /**
                     * @description Of the authenticator app, or a recovery code. It counts once.
                     * @example 123456
                     */
                    code?: string;
                    /** the answer of navigator.credentials.get, as JSON */
                    credential?: {
                        /** @description base64url */
                        id: string;
                        /** @description base64url */
                        rawId: string;
                        response: {
                            /** @description base64url */
                            authenticatorData: string;
                            /** @description base64url */
                            clientDataJSON: string;
                            /** @description base64url */
                            signature: string;
                            /** @description base64url */
                            userHandle?: string;
                        };
                        /** @enum {string} */
                        type: "public-key";
                    };
                    /** @example correct horse battery */
                    password?: string;
                } & ({
                    password: string;
                } | {
                    code: string;
                } | {
                    credential: Record<string, never>;
                });
            };
        };
        responses: {
            /** @description The options for the browser. */
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
                        message: string;
                        /** @description For `PublicKeyCredential.parseCreationOptionsFromJSON`. */
                        options: {
                            [key: string]: unknown;
                        };
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
            /** @description The token is missing, invalid, expired or revoked. `WWW-Authenticate` says which (RFC 6750 §3). Without `WWW-Authenticate`: `email or password does not match` for a wrong `password` or `code`, or `second factor required` with `factors` for a missing `code`. */
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
            /** @description The token is a named one, or belongs to a service. */
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
            /** @description `PUBLIC_URL` has no `https` or no host name, so browsers offer no passkeys. */
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
                    /**
                     * @description Of the authenticator app, or a recovery code. It counts once.
                     * @example 123456
                     */
                    code?: string;
                    /** the answer of navigator.credentials.get, as JSON */
                    credential?: {
                        /** @description base64url */
                        id: string;
                        /** @description base64url */
                        rawId: string;
                        response: {
                            /** @description base64url */
                            authenticatorData: string;
                            /** @description base64url */
                            clientDataJSON: string;
                            /** @description base64url */
                            signature: string;
                            /** @description base64url */
                            userHandle?: string;
                        };
                        /** @enum {string} */
                        type: "public-key";
                    };
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
                    /**
                     * @description Of the authenticator app, or a recovery code. It counts once.
                     * @example 123456
                     */
                    code?: string;
                    /** the answer of navigator.credentials.get, as JSON */
                    credential?: {
                        /** @description base64url */
                        id: string;
                        /** @description base64url */
                        rawId: string;
                        response: {
                            /** @description base64url */
                            authenticatorData: string;
                            /** @description base64url */
                            clientDataJSON: string;
                            /** @description base64url */
                            signature: string;
                            /** @description base64url */
                            userHandle?: string;
                        };
                        /** @enum {string} */
                        type: "public-key";
                    };
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
                        /**
                         * @description The token can only add a second factor, which the account needs.
                         * @enum {string}
                         */
                        scope?: "factors";
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
            /** @description The token is missing, invalid, expired or revoked. `WWW-Authenticate` says which (RFC 6750 §3). Without `WWW-Authenticate`: `email or password does not match` for a wrong `password` or `code`, or `second factor required` with `factors` for a missing `code`. */
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
            /** @description The token is a named one, or belongs to a service. */
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
    renewRecoveryCodes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The `password`; or once a second factor is in force, a `code`, or the `credential` of a passkey (options: `POST /auth/login/passkey/options`). Then the password is not looked at. */
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description Of the authenticator app, or a recovery code. It counts once.
                     * @example 123456
                     */
                    code?: string;
                    /** the answer of navigator.credentials.get, as JSON */
                    credential?: {
                        /** @description base64url */
                        id: string;
                        /** @description base64url */
                        rawId: string;
                        response: {
                            /** @description base64url */
                            authenticatorData: string;
                            /** @description base64url */
                            clientDataJSON: string;
                            /** @description base64url */
                            signature: string;
                            /** @description base64url */
                            userHandle?: string;
                        };
                        /** @enum {string} */
                        type: "public-key";
                    };
                    /** @example correct horse battery */
                    password?: string;
                } & ({
                    password: string;
                } | {
                    code: string;
                } | {
                    credential: Record<string, never>;
                });
                "application/x-www-form-urlencoded": {
                    /**
                     * @description Of the authenticator app, or a recovery code. It counts once.
                     * @example 123456
                     */
                    code?: string;
                    /** the answer of navigator.credentials.get, as JSON */
                    credential?: {
                        /** @description base64url */
                        id: string;
                        /** @description base64url */
                        rawId: string;
                        response: {
                            /** @description base64url */
                            authenticatorData: string;
                            /** @description base64url */
                            clientDataJSON: string;
                            /** @description base64url */
                            signature: string;
                            /** @description base64url */
                            userHandle?: string;
                        };
                        /** @enum {string} */
                        type: "public-key";
                    };
                    /** @example correct horse battery */
                    password?: string;
                } & ({
                    password: string;
                } | {
                    code: string;
                } | {
                    credential: Record<string, never>;
                });
            };
        };
        responses: {
            /** @description Ten recovery codes, shown once. The old ones are void. */
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
                        message: string;
                        recovery_codes: string[];
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
            /** @description The token is missing, invalid, expired or revoked. `WWW-Authenticate` says which (RFC 6750 §3). Without `WWW-Authenticate`: `email or password does not match` for a wrong `password` or `code`, or `second factor required` with `factors` for a missing `code`. */
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
            /** @description The token is a named one, or belongs to a service. */
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
            /** @description No second factor is in force. */
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
                        /**
                         * @description The token can only add a second factor, which the account needs.
                         * @enum {string}
                         */
                        scope?: "factors";
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
            /** @description The name is already in use, or the change cannot be made now. */
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
    renewToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
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
                        /**
                         * @description The token can only add a second factor, which the account needs.
                         * @enum {string}
                         */
                        scope?: "factors";
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
            /** @description The token is a named one, or belongs to a service. */
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
    startTotp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The `password`; or once a second factor is in force, a `code`, or the `credential` of a passkey (options: `POST /auth/login/passkey/options`). Then the password is not looked at. */
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description Of the authenticator app, or a recovery code. It counts once.
                     * @example 123456
                     */
                    code?: string;
                    /** the answer of navigator.credentials.get, as JSON */
                    credential?: {
                        /** @description base64url */
                        id: string;
                        /** @description base64url */
                        rawId: string;
                        response: {
                            /** @description base64url */
                            authenticatorData: string;
                            /** @description base64url */
                            clientDataJSON: string;
                            /** @description base64url */
                            signature: string;
                            /** @description base64url */
                            userHandle?: string;
                        };
                        /** @enum {string} */
                        type: "public-key";
                    };
                    /** @example correct horse battery */
                    password?: string;
                } & ({
                    password: string;
                } | {
                    code: string;
                } | {
                    credential: Record<string, never>;
                });
                "application/x-www-form-urlencoded": {
                    /**
                     * @description Of the authenticator app, or a recovery code. It counts once.
                     * @example 123456
                     */
                    code?: string;
                    /** the answer of navigator.credentials.get, as JSON */
                    credential?: {
                        /** @description base64url */
                        id: string;
                        /** @description base64url */
                        rawId: string;
                        response: {
                            /** @description base64url */
                            authenticatorData: string;
                            /** @description base64url */
                            clientDataJSON: string;
                            /** @description base64url */
                            signature: string;
                            /** @description base64url */
                            userHandle?: string;
                        };
                        /** @enum {string} */
                        type: "public-key";
                    };
                    /** @example correct horse battery */
                    password?: string;
                } & ({
                    password: string;
                } | {
                    code: string;
                } | {
                    credential: Record<string, never>;
                });
            };
        };
        responses: {
            /** @description A secret that is not in force yet. */
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
                        message: string;
                        otpauth_url: string;
                        /** @description The URL as a QR code: an SVG without script and style. */
                        qr_svg: string;
                        /** @description Base32, to be typed into the app. */
                        secret: string;
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
            /** @description The token is missing, invalid, expired or revoked. `WWW-Authenticate` says which (RFC 6750 §3). Without `WWW-Authenticate`: `email or password does not match` for a wrong `password` or `code`, or `second factor required` with `factors` for a missing `code`. */
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
            /** @description The token is a named one, or belongs to a service. */
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
    removeTotp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The `password`; or once a second factor is in force, a `code`, or the `credential` of a passkey (options: `POST /auth/login/passkey/options`). Then the password is not looked at. */
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description Of the authenticator app, or a recovery code. It counts once.
                     * @example 123456
                     */
                    code?: string;
                    /** the answer of navigator.credentials.get, as JSON */
                    credential?: {
                        /** @description base64url */
                        id: string;
                        /** @description base64url */
                        rawId: string;
                        response: {
                            /** @description base64url */
                            authenticatorData: string;
                            /** @description base64url */
                            clientDataJSON: string;
                            /** @description base64url */
                            signature: string;
                            /** @description base64url */
                            userHandle?: string;
                        };
                        /** @enum {string} */
                        type: "public-key";
                    };
                    /** @example correct horse battery */
                    password?: string;
                } & ({
                    password: string;
                } | {
                    code: string;
                } | {
                    credential: Record<string, never>;
                });
                "application/x-www-form-urlencoded": {
                    /**
                     * @description Of the authenticator app, or a recovery code. It counts once.
                     * @example 123456
                     */
                    code?: string;
                    /** the answer of navigator.credentials.get, as JSON */
                    credential?: {
                        /** @description base64url */
                        id: string;
                        /** @description base64url */
                        rawId: string;
                        response: {
                            /** @description base64url */
                            authenticatorData: string;
                            /** @description base64url */
                            clientDataJSON: string;
                            /** @description base64url */
                            signature: string;
                            /** @description base64url */
                            userHandle?: string;
                        };
                        /** @enum {string} */
                        type: "public-key";
                    };
                    /** @example correct horse battery */
                    password?: string;
                } & ({
                    password: string;
                } | {
                    code: string;
                } | {
                    credential: Record<string, never>;
                });
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
            /** @description Invalid input, or a body that cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The token is missing, invalid, expired or revoked. `WWW-Authenticate` says which (RFC 6750 §3). Without `WWW-Authenticate`: `email or password does not match` for a wrong `password` or `code`, or `second factor required` with `factors` for a missing `code`. */
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
            /** @description The token is a named one, or belongs to a service. */
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
            /** @description There is no authenticator app. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The last factor, where `ADMIN_FACTOR` or `USER_FACTOR` requires one. */
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
    confirmTotp: {
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
                     * @description Of the authenticator app.
                     * @example 123456
                     */
                    code: string;
                };
                "application/x-www-form-urlencoded": {
                    /**
                     * @description Of the authenticator app.
                     * @example 123456
                     */
                    code: string;
                };
            };
        };
        responses: {
            /** @description Ten recovery codes, shown once. The old ones are void. */
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
                        message: string;
                        recovery_codes: string[];
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
            /** @description The token is missing, invalid, expired or revoked. `WWW-Authenticate` says which (RFC 6750 §3). Without `WWW-Authenticate`: `email or password does not match` for a wrong `password` or `code`, or `second factor required` with `factors` for a missing `code`. */
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
            /** @description The token is a named one, or belongs to a service. */
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
                        /** @description The second factors in force. */
                        factors: ("totp" | "passkey")[];
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
            /** @description The token is valid, but does not give the right: it is not an administrator’s, or its scope does not suffice. */
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
        /** @description The `password`; or once a second factor is in force, a `code`, or the `credential` of a passkey (options: `POST /auth/login/passkey/options`). Then the password is not looked at. */
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description Of the authenticator app, or a recovery code. It counts once.
                     * @example 123456
                     */
                    code?: string;
                    /** the answer of navigator.credentials.get, as JSON */
                    credential?: {
                        /** @description base64url */
                        id: string;
                        /** @description base64url */
                        rawId: string;
                        response: {
                            /** @description base64url */
                            authenticatorData: string;
                            /** @description base64url */
                            clientDataJSON: string;
                            /** @description base64url */
                            signature: string;
                            /** @description base64url */
                            userHandle?: string;
                        };
                        /** @enum {string} */
                        type: "public-key";
                    };
                    /** @example correct horse battery */
                    password?: string;
                } & ({
                    password: string;
                } | {
                    code: string;
                } | {
                    credential: Record<string, never>;
                });
                "application/x-www-form-urlencoded": {
                    /**
                     * @description Of the authenticator app, or a recovery code. It counts once.
                     * @example 123456
                     */
                    code?: string;
                    /** the answer of navigator.credentials.get, as JSON */
                    credential?: {
                        /** @description base64url */
                        id: string;
                        /** @description base64url */
                        rawId: string;
                        response: {
                            /** @description base64url */
                            authenticatorData: string;
                            /** @description base64url */
                            clientDataJSON: string;
                            /** @description base64url */
                            signature: string;
                            /** @description base64url */
                            userHandle?: string;
                        };
                        /** @enum {string} */
                        type: "public-key";
                    };
                    /** @example correct horse battery */
                    password?: string;
                } & ({
                    password: string;
                } | {
                    code: string;
                } | {
                    credential: Record<string, never>;
                });
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
            /** @description The token is missing, invalid, expired or revoked. `WWW-Authenticate` says which (RFC 6750 §3). Without `WWW-Authenticate`: `email or password does not match` for a wrong `password` or `code`, or `second factor required` with `factors` for a missing `code`. */
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
            /** @description The token is a named one, or belongs to a service. */
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
            /** @description `the last administrator`: another account has to be an administrator first. */
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
                        /**
                         * @description The token can only add a second factor, which the account needs.
                         * @enum {string}
                         */
                        scope?: "factors";
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
            /** @description `email or password does not match`: the answer does not say which. Or `second factor required`, with a ticket for the second step. No `WWW-Authenticate`. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description For invalid input: a message for each field. */
                        errors?: {
                            [key: string]: string;
                        };
                        factors?: ("totp" | "passkey")[];
                        message: string;
                        /** @enum {string} */
                        status: "fail";
                        /** @description Proves the right password for five minutes and five tries. */
                        ticket?: string;
                    };
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
                            kind: "login" | "named" | "service";
                            last_used_at: string | null;
                            /** @description What a named token may be used for. `null`: all that its owner may do. */
                            scope: string | null;
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
            /** @description The token is valid, but does not give the right: it is not an administrator’s, or its scope does not suffice. */
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
    createToken: {
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
                     * Format: token-description
                     * @description 1 to 100 characters.
                     * @example nightly backup
                     */
                    description: string;
                    /**
                     * a whole number from 1 to 31536000
                     * @description Seconds until the token expires.
                     * @default 2592000
                     */
                    expires_in?: number;
                    /**
                     * @description Separated by single spaces (RFC 6749 §3.3): `account:read` (read the account), `account:write` (change the account, as far as the token of a login is not demanded), `tokens:read` (list the tokens of the account), `tokens:write` (make and revoke tokens of the account), `widgets:read` (read widgets), `widgets:write` (write widgets, with the token of an administrator), `admin` (what administrators may do, with the token of an administrator). Without it, the token may do what this request’s token may do.
                     * @example widgets:read
                     */
                    scope?: string;
                };
                "application/x-www-form-urlencoded": {
                    /**
                     * Format: token-description
                     * @description 1 to 100 characters.
                     * @example nightly backup
                     */
                    description: string;
                    /**
                     * a whole number from 1 to 31536000
                     * @description Seconds until the token expires.
                     * @default 2592000
                     */
                    expires_in?: number;
                    /**
                     * @description Separated by single spaces (RFC 6749 §3.3): `account:read` (read the account), `account:write` (change the account, as far as the token of a login is not demanded), `tokens:read` (list the tokens of the account), `tokens:write` (make and revoke tokens of the account), `widgets:read` (read widgets), `widgets:write` (write widgets, with the token of an administrator), `admin` (what administrators may do, with the token of an administrator). Without it, the token may do what this request’s token may do.
                     * @example widgets:read
                     */
                    scope?: string;
                };
            };
        };
        responses: {
            /** @description The entry of the list, and the token. */
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
                        /** @description The token, a compact JWS. Shown once. */
                        access_token: string;
                        /** Format: date-time */
                        created_at: string;
                        /** @description Whether this request uses the token. */
                        current: boolean;
                        /** @example Firefox on Linux */
                        description: string;
                        /** Format: date-time */
                        expires_at: string;
                        /** @description Seconds until the token expires. */
                        expires_in: number;
                        /** Format: uuid */
                        id: string;
                        ip: string;
                        kind: "login" | "named" | "service";
                        last_used_at: string | null;
                        message: string;
                        /** @description What a named token may be used for. `null`: all that its owner may do. */
                        scope: string | null;
                        /** @enum {string} */
                        status: "success";
                        /** @enum {string} */
                        token_type: "bearer";
                        user_agent: string | null;
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
            /** @description The token is valid, but does not give the right: it is not an administrator’s, or its scope does not suffice. */
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
            /** @description The account has as many named tokens as it may have (`TOKEN_LIMIT_ACCOUNT`). */
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
            /** @description The token is valid, but does not give the right: it is not an administrator’s, or its scope does not suffice. */
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
            /** @description The token is valid, but does not give the right: it is not an administrator’s, or its scope does not suffice. */
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
            /** @description The token is valid, but does not give the right: it is not an administrator’s, or its scope does not suffice. */
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
            /** @description The token is valid, but does not give the right: it is not an administrator’s, or its scope does not suffice. */
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
            /** @description The name is already in use, or the change cannot be made now. */
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
            /** @description The token is valid, but does not give the right: it is not an administrator’s, or its scope does not suffice. */
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
            /** @description The token is valid, but does not give the right: it is not an administrator’s, or its scope does not suffice. */
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
            /** @description The token is valid, but does not give the right: it is not an administrator’s, or its scope does not suffice. */
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
                    /** @description `no-cache`. */
                    Pragma?: string;
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
                        /** @enum {string} */
                        kind?: "named";
                        nbf?: number;
                        scope?: string;
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
