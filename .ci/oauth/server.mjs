// An authorization server (oidc-provider) and an API that introspects tokens, over TLS 1.3 on free
// ports of 127.0.0.1.
//
// Arguments: the files of a certificate and its key. Prints {"auth": port, "api": port} when both
// listen. A request to /revoke at the API revokes all tokens.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import Provider from 'oidc-provider';

const [cert, key] = process.argv.slice(2).map((file) => readFileSync(file));
const tls = { cert, key, minVersion: 'TLSv1.3' };

const client = (client_id, client_secret, scope, more) => ({
    client_id,
    client_secret,
    scope,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    ...more,
});
const clients = [
    // Characters that a Basic header must encode, and one that would end it.
    client('shop bot/1', 'p+q:r%s?t&u=v-canary-0123456789', 'products:read orders:write'),
    client('post-bot', 'w x+y%z-canary-0123456789', 'products:read', { token_endpoint_auth_method: 'client_secret_post' }),
    client('web-page', 'not-for-machines-canary-01', 'products:read', {
        grant_types: ['authorization_code'],
        redirect_uris: ['https://shop.example/back'],
        response_types: ['code'],
    }),
];

// The token store, in this process, so that tokens can be revoked.
const kept = new Map();
class Kept {
    constructor(name) {
        this.name = name;
    }
    async upsert(id, payload) {
        kept.set(`${this.name} ${id}`, payload);
    }
    async find(id) {
        return kept.get(`${this.name} ${id}`);
    }
    async destroy(id) {
        kept.delete(`${this.name} ${id}`);
    }
}

const provider = new Provider('https://auth.shop.example', {
    adapter: Kept,
    clients,
    scopes: ['products:read', 'orders:write', 'orders:delete'],
    features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
    ttl: { ClientCredentials: 600 },
});
const answer = provider.callback();
const auth = createServer(tls, answer);

const api = createServer(tls, async (request, response) => {
    const json = (status, body) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(body));
    };
    const [scheme, value] = (request.headers.authorization ?? '').split(' ');
    const token = scheme === 'Bearer' ? await provider.ClientCredentials.find(value) : undefined;
    if (!token || token.isExpired) return json(401, {});
    const { scope, clientId: client } = token;
    if (request.url === '/v1/revoke') kept.clear();
    return json(200, { scope, client, bytes: value.length });
});

const listen = (server) => new Promise((done) => server.listen(0, '127.0.0.1', () => done(server.address().port)));
console.log(JSON.stringify({ auth: await listen(auth), api: await listen(api) }));
