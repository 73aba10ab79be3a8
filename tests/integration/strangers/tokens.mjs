// Tokens by other hands: reads one task a line, answers one JSON object a line.
//   {"do":"verify","jwks":{…},"token":"…","options":{…}}   {"payload":{…}} or {"error":"ERR_…"}
//   {"do":"remote","issuer":"http://…","token":"…","audience":"…"}   the same
//   {"do":"sign","alg":"ES256"}                            {"token","jwk","spki","pkcs8","thumbprint"}
//   {"do":"cognito","pool","use","client","jwks","token"}  {"payload":{…}} or {"error":"…"}
import { createInterface } from 'node:readline';
import { webcrypto } from 'node:crypto';
import * as jose6 from 'jose';
import * as jose5 from 'jose5';
import { CognitoJwtVerifier } from 'aws-jwt-verify';

globalThis.crypto ??= webcrypto; // Node 18

// jose 6 has no ES256K any more
const library = (alg) => (alg === 'ES256K' ? jose5 : jose6);

async function verify({ jwks, token, options }) {
  const jose = library(jwks.keys[0].alg);
  const only = jwks.keys[0];
  // a key set of jose holds no shared secrets
  const keys = only.kty === 'oct' ? await jose.importJWK(only) : jose.createLocalJWKSet(jwks);
  const { payload } = await jose.jwtVerify(token, keys, { algorithms: [only.alg], ...options });
  return { payload };
}

// as a service does it: discovery, then keys, both over HTTP
async function remote({ issuer, token, audience }) {
  const found = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
  const keys = jose6.createRemoteJWKSet(new URL(found.jwks_uri));
  const algorithms = found.id_token_signing_alg_values_supported;
  const { payload } = await jose6.jwtVerify(token, keys, { issuer: found.issuer, audience, algorithms });
  return { payload };
}

async function sign({ alg }) {
  const jose = library(alg);
  const claims = new jose.SignJWT({ 'https://example.com/roles': ['admin', 'dev'], scope: 'a b' })
    .setProtectedHeader({ alg, kid: 'stranger', typ: 'JWT' })
    .setIssuedAt()
    .setIssuer('https://issuer.example')
    .setAudience(['web', 'app'])
    .setExpirationTime('10m');
  if (alg.startsWith('HS')) {
    const key = await jose.generateSecret(alg, { extractable: true });
    const jwk = { ...(await jose.exportJWK(key)), kid: 'stranger', alg };
    return { token: await claims.sign(key), jwk, thumbprint: await jose.calculateJwkThumbprint(jwk) };
  }
  const { publicKey, privateKey } = await jose.generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await jose.exportJWK(publicKey)), kid: 'stranger' };
  return {
    token: await claims.sign(privateKey),
    jwk,
    spki: await jose.exportSPKI(publicKey),
    pkcs8: await jose.exportPKCS8(privateKey),
    thumbprint: await jose.calculateJwkThumbprint(jwk),
  };
}

async function cognito({ pool, use, client, jwks, token }) {
  const verifier = CognitoJwtVerifier.create({ userPoolId: pool, tokenUse: use, clientId: client });
  verifier.cacheJwks(jwks);
  return { payload: await verifier.verify(token) };
}

const tasks = { verify, remote, sign, cognito };
for await (const line of createInterface({ input: process.stdin })) {
  const task = JSON.parse(line);
  let answer;
  try {
    answer = await tasks[task.do](task);
  } catch (error) {
    answer = { error: error.code ?? error.name };
  }
  console.log(JSON.stringify(answer));
}
