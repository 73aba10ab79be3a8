// An issuer by other hands on a free port of 127.0.0.1, until it is killed. Prints one line when it is up.
//   oidc      {"url","tokens":{"RS256":"…",…}}: oidc-provider, with access tokens from client_credentials
//   cognito   {"url","pool","client","access","id"}: cognito-local, with the tokens of a user who logged in
import { createServer } from 'node:http';
import { generateKeyPairSync, webcrypto } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

globalThis.crypto ??= webcrypto; // Node 18

const listening = (server) =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));

async function post(url, headers, body) {
  const answer = await fetch(url, { method: 'POST', headers, body });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${text}`);
  return JSON.parse(text);
}

async function oidc() {
  const { default: Provider } = await import('oidc-provider');
  const server = createServer();
  const url = `http://127.0.0.1:${await listening(server)}`;
  const pairs = {
    RS256: ['rsa', { modulusLength: 2048 }],
    PS256: ['rsa', { modulusLength: 2048 }],
    ES256: ['ec', { namedCurve: 'P-256' }],
    EdDSA: ['ed25519', {}],
  };
  const keys = Object.entries(pairs).map(([alg, [kind, options]]) => ({
    ...generateKeyPairSync(kind, options).privateKey.export({ format: 'jwk' }),
    kid: `of-${alg}`,
    alg,
    use: 'sig',
  }));
  const provider = new Provider(url, {
    jwks: { keys },
    clients: [{ client_id: 'robot', client_secret: 'of the test', grant_types: ['client_credentials'], redirect_uris: [], response_types: [] }],
    scopes: ['read', 'write'],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (context, resource) => ({
          scope: 'read write',
          audience: 'web',
          accessTokenFormat: 'jwt',
          accessTokenTTL: 600,
          jwt: { sign: { alg: new URL(resource).pathname.slice(1) } },
        }),
      },
    },
  });
  server.on('request', provider.callback());
  const tokens = {};
  for (const alg of Object.keys(pairs)) {
    const answer = await post(
      `${url}/token`,
      {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `Basic ${Buffer.from('robot:of%20the%20test').toString('base64')}`,
      },
      new URLSearchParams({ grant_type: 'client_credentials', scope: 'read', resource: `https://api.example/${alg}` }),
    );
    tokens[alg] = answer.access_token;
  }
  return { url, tokens };
}

async function cognito() {
  // it calls itself by the port that it is told
  const probe = createServer();
  const port = await listening(probe);
  await new Promise((resolve) => probe.close(resolve));
  const url = `http://127.0.0.1:${port}`;
  mkdirSync('.cognito', { recursive: true });
  writeFileSync(
    '.cognito/config.json',
    JSON.stringify({ TokenConfig: { IssuerDomain: url } }),
  );
  const require = createRequire(import.meta.url);
  const { createDefaultServer } = require('cognito-local');
  const { default: pino } = await import('pino');
  await (await createDefaultServer(pino({ level: 'silent' }))).start({ hostname: '127.0.0.1', port });
  const call = (target, body) =>
    post(
      url,
      { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `AWSCognitoIdentityProviderService.${target}` },
      JSON.stringify(body),
    );
  const pool = (await call('CreateUserPool', { PoolName: 'test', UsernameAttributes: [] })).UserPool.Id;
  const client = (await call('CreateUserPoolClient', { UserPoolId: pool, ClientName: 'web' })).UserPoolClient.ClientId;
  await call('AdminCreateUser', { UserPoolId: pool, Username: 'alice@example.com', TemporaryPassword: 'Of-the-test-1', MessageAction: 'SUPPRESS', UserAttributes: [{ Name: 'email', Value: 'alice@example.com' }] });
  await call('AdminSetUserPassword', { UserPoolId: pool, Username: 'alice@example.com', Password: 'Of-the-test-2', Permanent: true });
  const login = await call('AdminInitiateAuth', {
    UserPoolId: pool,
    ClientId: client,
    AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: 'alice@example.com', PASSWORD: 'Of-the-test-2' },
  });
  const { AccessToken, IdToken } = login.AuthenticationResult;
  return { url, pool, client, access: AccessToken, id: IdToken };
}

const kinds = { oidc, cognito };
console.log(JSON.stringify(await kinds[process.argv[2]]()));
