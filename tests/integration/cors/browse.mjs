// Fetches in a real browser, from pages and with answers that are written down: node browse.mjs CHROMIUM GW-PREFLIGHT < cases.json
//
// Prints a JSON object for each case, one a line: what fetch() came to, the code of CORS that the browser gave, the
// headers that the page could read, and every request that reached a server. ${page}, ${api} and ${other} in a case
// stand for the origins of the three servers. Then gw-preflight is asked about the same request of the same servers: what it
// printed and what it sent stand under "program".
import {execFile} from 'node:child_process';
import {createServer} from 'node:net';
import {chromium} from 'playwright-core';

const cases = JSON.parse(await new Promise((resolve) => {
  let text = '';
  process.stdin.on('data', (bytes) => (text += bytes)).on('end', () => resolve(text));
}));

const origins = {};
const fill = (text) => text.replace(/\$\{(\w+)\}/g, (_, name) => origins[name]);
let seen = [];

// One answer a connection, byte for byte as it is written down.
function answer(name, number, method, target, fields) {
  const text = (status, headers, body = '') =>
      `HTTP/1.1 ${status} X\r\n` + headers.map(([field, value]) => `${field}: ${fill(value)}\r\n`).join('') +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${method === 'HEAD' ? '' : body}`;
  if (target === '/page') return text(200, [['Content-Type', 'text/html']], '<!doctype html><title>page</title>');
  if (number === undefined) return text(404, []);
  const preflight = method === 'OPTIONS' && 'access-control-request-method' in fields;
  const hop = target.split('/')[2] ?? '';
  seen.push({server: name, method, hop, preflight, origin: fields.origin ?? null,
             asks: fields['access-control-request-method'] ?? null,
             headers: fields['access-control-request-headers'] ?? null, cookie: 'cookie' in fields,
             authorization: 'authorization' in fields});
  const script = cases[number].answers[hop];
  if (!script) return text(404, []);
  const [status, headers] = preflight ? script.preflight ?? [404, []] : script.actual ?? [404, []];
  const bodiless = status === 204 || status === 304;
  if (bodiless)
    return `HTTP/1.1 ${status} X\r\n` + headers.map(([field, value]) => `${field}: ${fill(value)}\r\n`).join('') +
           'Connection: close\r\n\r\n';
  return text(status, headers, 'x');
}

function serve(name) {
  return new Promise((resolve) => {
    const server = createServer((socket) => {
      let head = '';
      socket.on('error', () => {});
      socket.on('data', (bytes) => {
        head += bytes.toString('latin1');
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        const [line, ...lines] = head.slice(0, end).split('\r\n');
        const fields = {};
        for (const field of lines) fields[field.slice(0, field.indexOf(':')).toLowerCase()] = field.slice(field.indexOf(':') + 1).trim();
        if (head.length < end + 4 + Number(fields['content-length'] ?? 0)) return;
        const [method, target] = line.split(' ');
        const number = /^\/\d+\//.test(target) ? Number(target.split('/')[1]) : undefined;
        socket.end(Buffer.from(answer(name, number, method, target, fields), 'latin1'));
        head = '';
      });
    });
    server.listen(0, '127.0.0.1', () => resolve([server, `http://127.0.0.1:${server.address().port}`]));
  });
}

const servers = [];
for (const name of ['page', 'api', 'other']) {
  const [server, origin] = await serve(name);
  servers.push(server);
  origins[name] = origin;
}
const browser = await chromium.launch({executablePath: process.argv[2], headless: true, args: ['--no-sandbox']});
const context = await browser.newContext();
const page = await context.newPage();
const session = await context.newCDPSession(page);
// How the fetch of a case ended, by the case; a preflight that failed is told as a request of its own, and is not it.
const failures = new Map();
function listen(at) {
  const numbers = new Map();
  at.on('Network.requestWillBeSent', (event) => {
    const number = new URL(event.request.url).pathname.split('/')[1];
    if (!numbers.has(event.requestId)) numbers.set(event.requestId, Number(number));
  });
  at.on('Network.loadingFailed', (event) => {
    if (event.type === 'Fetch') failures.get(numbers.get(event.requestId))?.(event.corsErrorStatus ?? {});
  });
  return at.send('Network.enable');
}
await listen(session);
await page.goto(origins.page + '/page');
await page.evaluate(() => {
  document.cookie = 'a=b';
  const frame = document.createElement('iframe');
  frame.sandbox = 'allow-scripts';
  frame.srcdoc = '<!doctype html><title>null</title>';
  document.body.append(frame);
  return new Promise((resolve) => (frame.onload = resolve));
});
const nobody = page.frames().find((frame) => frame !== page.mainFrame());
const other = await context.newCDPSession(nobody).catch(() => null);  // the frame has a process of its own
if (other) await listen(other);

function patience(number) {
  return new Promise((resolve, reject) => setTimeout(() => reject(new Error(`case ${number}: the browser does not say why`)), 10000).unref());
}

// The same request by the program: what it says and what it sends.
async function askProgram(each, url) {
  seen = [];
  const init = each.init ?? {};
  const words = ['--browser', 'chrome', '--json', '--actual', '-o', each.page === 'null' ? 'null' : origins.page];
  if (init.method !== undefined) words.push('-X', init.method);
  for (const [name, value] of init.headers ?? []) words.push('-H', `${name}: ${value}`);
  if (init.body !== undefined) words.push('-d', init.body);
  if (init.credentials) words.push('--credentials', init.credentials);
  const [output, errors, exit] = await new Promise((resolve) => {
    execFile(process.argv[3], [...words, url], (error, out, err) => resolve([out, err, error?.code ?? 0]));
  });
  return {exit, errors, report: output ? JSON.parse(output) : null, seen};
}

console.log(JSON.stringify({browser: browser.version(), origins}));
for (const [number, each] of cases.entries()) {
  seen = [];
  const failure = new Promise((resolve) => failures.set(number, resolve));
  const url = fill(each.url ?? `\${${each.to ?? 'api'}}/N/`).replace('/N/', `/${number}/`);
  const found = await (each.page === 'null' ? nobody : page).evaluate(async ([to, init]) => {
    try {
      const made = {...init, cache: 'no-store'};
      const response = await fetch(to, made);
      return {ok: true, status: response.status, readable: [...new Set(response.headers.keys())].sort()};
    } catch (error) {
      return {ok: false, error: String(error)};
    }
  }, [url, each.init ?? {}]);
  const why = found.ok || seen.length === 0 ? {} : await Promise.race([failure, patience(number)]);
  const record = {name: each.name, ...found, code: why.corsError ?? null, about: why.failedParameter ?? null, seen};
  console.log(JSON.stringify({...record, program: await askProgram(each, url)}));
}
await browser.close();
for (const server of servers) server.close();
