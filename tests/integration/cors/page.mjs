// Pages of two origins that call a gateway, in a real browser: node page.mjs CHROMIUM
//
// Prints {"allowed": ORIGIN, "refused": ORIGIN}; then reads {"gateway": URL, "token": TOKEN, "rate": URL} from standard
// input, and prints what a script of each page could read of the gateway's answers.
import {createServer} from 'node:http';
import {createInterface} from 'node:readline';
import {chromium} from 'playwright-core';

const serve = () => new Promise((resolve) => {
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<!doctype html><title>page</title>'));
  server.listen(0, '127.0.0.1', () => resolve([server, `http://127.0.0.1:${server.address().port}`]));
});
const [allowedServer, allowed] = await serve();
const [refusedServer, refused] = await serve();
console.log(JSON.stringify({allowed, refused}));
const input = createInterface({input: process.stdin});
const line = await new Promise((resolve) => input.once('line', resolve));
input.close();
process.stdin.destroy();
const {gateway, token, rate} = JSON.parse(line);

const browser = await chromium.launch({executablePath: process.argv[2], headless: true, args: ['--no-sandbox']});
const answers = {};
for (const [name, origin] of [['allowed', allowed], ['refused', refused]]) {
  const page = await browser.newPage();
  await page.goto(origin);
  answers[name] = await page.evaluate(async ([to, limited, bearer]) => {
    const call = async (url, init) => {
      try {
        const response = await fetch(url, init);
        return {status: response.status, body: await response.text(), id: response.headers.get('apigw-requestid')};
      } catch (error) {
        return {error: String(error)};
      }
    };
    const authorization = `Bearer ${bearer}`;
    const signedIn = await call(to + '/items', {headers: {authorization}});
    const changed = await call(to + '/items', {method: 'PUT', headers: {authorization, 'content-type': 'application/json'}, body: '{}'});
    const stranger = await call(to + '/items');
    const forged = await call(to + '/items', {headers: {authorization: 'Bearer a.b.c'}});
    const nowhere = await call(to + '/nowhere', {headers: {authorization}});
    let often = {};
    for (let i = 0; i < 20 && often.status !== 429 && !often.error; ++i) often = await call(limited + '/items');
    return {signedIn, changed, stranger, forged, nowhere, often};
  }, [gateway, rate, token]);
  await page.close();
}
console.log(JSON.stringify(answers));
await browser.close();
allowedServer.close();
refusedServer.close();
