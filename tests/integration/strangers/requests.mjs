// Requests signed by other hands. Reads {"seed","count","region","service","key","secret","token","date"} and answers
// one JSON object a line: {"by","method","url","fields":[[name,value]…],"body","signature","raw"}; `raw` is the whole
// request as it would be sent, `fields` are those that were signed, without Host, X-Amz-Date and X-Amz-Security-Token.
import { readFileSync } from 'node:fs';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import aws4 from 'aws4';

const task = JSON.parse(readFileSync(0, 'utf8'));
let state = task.seed >>> 0;
const below = (n) => {
  // mulberry32
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), state | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) % n;
};
const pick = (list) => list[below(list.length)];
const pieces = ['a', 'Z', '7', '-', '_', '.', '~', ' ', '+', '%', '/', '=', '&', '@', ':', ',', '*', "'", '(', '!', 'é', 'ሴ', '😀'];
const word = (least) => Array.from({ length: least + below(5) }, () => pick(pieces)).join('');
const encode = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
const host = 'abc123.execute-api.eu-west-1.amazonaws.com';

function draw() {
  const path = Array.from({ length: 1 + below(4) }, () => encode(`x${word(0)}`)).join('/');
  const query = [];
  for (let i = below(5); i > 0; --i) query.push([below(4) === 0 && query.length > 0 ? query[0][0] : `k${word(0)}`, below(4) === 0 ? '' : word(1)]);
  const method = pick(['GET', 'PUT', 'POST', 'DELETE']);
  const body = method === 'PUT' || method === 'POST' ? `{"name":"${word(1)}"}` : '';
  return { method, path: `/${path}`, query, body };
}

const credentials = { accessKeyId: task.key, secretAccessKey: task.secret, ...(task.token ? { sessionToken: task.token } : {}) };
const signer = new SignatureV4({ service: task.service, region: task.region, credentials, sha256: Sha256, applyChecksum: false });
const when = task.date.replace(/[-:]|\.\d+/g, '');

async function smithy({ method, path, query, body }) {
  const parameters = {};
  for (const [name, value] of query) (parameters[name] ??= []).push(value);
  const wire = Object.entries(parameters).flatMap(([name, values]) => values.map((value) => `${encode(name)}=${encode(value)}`));
  const headers = { host, ...(body ? { 'content-type': 'application/json' } : {}) };
  const signed = await signer.sign(
    { method, protocol: 'https:', hostname: host, path, query: parameters, headers, body: body || undefined },
    { signingDate: new Date(task.date) });
  return { target: path + (wire.length ? `?${wire.join('&')}` : ''), headers: signed.headers };
}

async function other({ method, path, query, body }) {
  // a space as forms write it, and parameters without '='
  const wire = query.map(([name, value]) => encode(name) + (value === '' && below(2) ? '' : `=${encode(value).replaceAll('%20', pick(['%20', '+']))}`));
  const target = path + (wire.length ? `?${wire.join('&')}` : '');
  const request = { host, method, path: target, service: task.service, region: task.region, body,
    headers: { Host: host, 'X-Amz-Date': when, ...(body ? { 'Content-Type': 'application/json' } : {}) } };
  aws4.sign(request, credentials);
  return { target, headers: request.headers };
}

for (let i = 0; i < task.count; ++i) {
  const drawn = draw();
  const [by, sign] = i % 2 ? ['aws4', other] : ['smithy', smithy];
  const { target, headers } = await sign(drawn);
  const lines = Object.entries(headers).map(([name, value]) => [name, String(value)]);
  const authorization = lines.find(([name]) => name.toLowerCase() === 'authorization')[1];
  const names = /SignedHeaders=([^,]+)/.exec(authorization)[1].split(';');
  const own = ['host', 'x-amz-date', 'x-amz-security-token'];
  console.log(JSON.stringify({
    by, method: drawn.method, url: `https://${host}${target}`, body: drawn.body,
    fields: lines.filter(([name]) => names.includes(name.toLowerCase()) && !own.includes(name.toLowerCase())),
    signature: /Signature=([0-9a-f]{64})/.exec(authorization)[1],
    raw: `${drawn.method} ${target} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${drawn.body}`,
  }));
}
