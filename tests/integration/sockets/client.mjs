// npm's ws as a client of a server that echoes: text and bytes of many sizes, whole and in fragments, compressed or not,
// pings, close codes. Ends with 0 and "ok" when all came back as it was sent.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import WebSocket from 'ws';

const [url, deflates] = process.argv.slice(2);

async function open(options = {}, protocols = []) {
  const socket = new WebSocket(url, protocols, { perMessageDeflate: deflates === 'deflate' ? { threshold: 0 } : false, maxPayload: 64 << 20, ...options });
  await once(socket, 'open');
  return socket;
}
async function echo(socket, data, options = {}) {
  const came = once(socket, 'message');
  socket.send(data, options);
  const [back, isBinary] = await came;
  assert.equal(isBinary, typeof data !== 'string');
  assert.ok(Buffer.from(data).equals(back), `another ${data.length} bytes came back`);
}

const socket = await open();
assert.equal(socket.extensions, deflates === 'deflate' ? 'permessage-deflate' : '');
for (const size of [0, 1, 125, 126, 127, 65535, 65536, 1 << 20]) {
  await echo(socket, 'ü'.repeat(size / 2) + 'x'.repeat(size % 2));
  await echo(socket, Buffer.alloc(size, 'gateway'));
}
{
  const came = once(socket, 'message');
  socket.send('one ', { fin: false });
  socket.ping('between');
  const pong = once(socket, 'pong');
  socket.send('two ', { fin: false });
  socket.send('three', { fin: true });
  assert.equal(String((await pong)[0]), 'between');
  assert.equal(String((await came)[0]), 'one two three');
}
{
  let count = 0;
  const all = new Promise((resolve) => socket.on('message', () => ++count === 1000 && resolve()));
  for (let i = 0; i < 1000; ++i) socket.send(`message ${i}`);
  await all;
}
const closed = once(socket, 'close');
socket.close(4321, 'done');
const [code] = await closed;
assert.equal(code, 4321);

// what breaks the protocol is told
const wrong = await open();
const failed = once(wrong, 'close');
wrong._socket.write(Buffer.from([0x81, 0x80, 1, 2, 3, 4, 0x83, 0x80, 1, 2, 3, 4]));
assert.equal((await failed)[0], 1002);
console.log('ok');
