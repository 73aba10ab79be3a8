// Requests signed by other hands: reads one task a line, answers one JSON object a line.
//   {"with":"smithy"|"aws4","seed":1,"key","secret","session","region"}
//   {"method","target","fields":[["name","value"],…],"body"}, drawn from the seed and signed for the host "h"
import { createInterface } from 'node:readline';
import { SignatureV4 } from '@smithy/signature-v4';
import sha256 from '@aws-crypto/sha256-js';
import aws4 from 'aws4';

const draws = (seed) => () => {
  // mulberry32
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};

const letters = ['a', 'B', '7', '-', '_', '.x', '~', ' ', '+', '%', '&', '=', '/', '?', '#', '*', "'", '(', '!', ':', '@', ',', ';', '$', 'ü', '€', '漢', '😀', '%41', '"', '<', '\\', '^', '|'];

const encode = (text) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

function draw(seed) {
  const next = draws(seed);
  const below = (most) => Math.floor(next() * most);
  const word = (least) => Array.from({ length: least + below(5) }, () => letters[below(letters.length)]).join('');
  // an escaped backslash in a path is refused whoever signs it
  const path = '/' + Array.from({ length: below(4) }, () => encode(word(1).replaceAll('\\', 'b'))).join('/');
  const query = [];
  for (let i = below(5); i > 0; --i) {
    const name = word(1);
    for (let j = 1 + below(2); j > 0; --j) query.push([name, word(0)]);
  }
  const method = ['GET', 'DELETE', 'POST', 'PUT', 'PATCH'][below(5)];
  const body = method.startsWith('P') ? word(1).repeat(1 + below(50)) : '';
  return { method, path, query, body, spaced: below(2) === 1 };
}

/// The query on the wire; a space as %20 or as '+'.
const wire = (query, plus) =>
  query.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&').replaceAll('%20', plus ? '+' : '%20');

async function smithy({ seed, key, secret, session, region }) {
  const { method, path, query, body, spaced } = draw(seed);
  const signer = new SignatureV4({
    service: 'execute-api',
    region,
    sha256: sha256.Sha256,
    credentials: { accessKeyId: key, secretAccessKey: secret, sessionToken: session },
  });
  const parameters = {};
  for (const [name, value] of query) (parameters[name] ??= []).push(value);
  const signed = await signer.sign({
    protocol: 'http:',
    hostname: 'h',
    method,
    path,
    query: parameters,
    headers: { host: 'h', 'content-type': 'text/plain; charset=utf-8', 'x-amz-meta': 'two  spaces' },
    body: body === '' ? undefined : body,
  });
  return { method, target: path + (query.length ? `?${wire(query, spaced)}` : ''), fields: signed.headers, body };
}

function byAws4({ seed, key, secret, session, region }) {
  const { method, path, query, body, spaced } = draw(seed);
  const target = path + (query.length ? `?${wire(query, spaced)}` : '');
  const options = { service: 'execute-api', region, method, host: 'h', path: target, headers: { 'X-Meta': ' a  b ' } };
  if (body !== '') options.body = body;
  const signed = aws4.sign(options, { accessKeyId: key, secretAccessKey: secret, sessionToken: session });
  return { method, target, fields: signed.headers, body };
}

const tools = { smithy, aws4: byAws4 };
for await (const line of createInterface({ input: process.stdin })) {
  const task = JSON.parse(line);
  const { method, target, fields, body } = await tools[task.with](task);
  console.log(JSON.stringify({ method, target, fields: Object.entries(fields).map(([n, v]) => [n, String(v)]), body }));
}
