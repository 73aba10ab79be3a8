// A WebSocket server of other hands (npm's ws), whose paths behave in ways that a client has to bear. Prints its port.
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { WebSocketServer } from 'ws';

const server = createServer((request, response) => response.writeHead(404).end('no page\n'));
const sockets = new WebSocketServer({
  noServer: true,
  maxPayload: 64 << 20,
  perMessageDeflate: process.argv.includes('deflate') ? { threshold: 0 } : false,
  handleProtocols: (offered) => (offered.has('chat') ? 'chat' : false),
});

const behaviours = {
  echo: (socket) => socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })),
  close: (socket, [code]) => socket.close(Number(code), 'enough'),
  drop: (socket) => socket._socket.destroy(),
  headers: (socket, rest, request) => socket.send(JSON.stringify({ url: request.url, ...request.headers })),
  send: (socket, [count]) => {
    for (let i = 1; i <= Number(count); ++i) socket.send(`message ${i}`);
  },
  harm: (socket) => socket.send('\u001b[2Jred\u0007\u202ereversed'),
  bytes: (socket) => socket.send(Buffer.from([0, 1, 254, 255])),
  wrong: (socket) => socket._socket.write(Buffer.from([0xf1, 0x00])),
  pings: (socket) => {
    socket.on('pong', (data) => socket.send(`pong ${data}`));
    socket.ping('are you there');
  },
  silent: () => {},
};

server.on('upgrade', (request, socket, head) => {
  const [path, ...rest] = request.url.split('?')[0].slice(1).split('/');
  if (path === 'refuse')
    return socket.end('HTTP/1.1 403 Forbidden\r\nx-why: because\r\ncontent-length: 10\r\n\r\nnot today\n');
  if (path === 'moved') return socket.end('HTTP/1.1 302 Found\r\nlocation: /echo\r\ncontent-length: 0\r\n\r\n');
  if (path === 'liar')
    return socket.end(
      'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: x\r\n\r\n');
  sockets.handleUpgrade(request, socket, head, (opened) => behaviours[path](opened, rest, request));
});

// a proxy beside it: CONNECT to anywhere, told who asked
server.on('connect', (request, socket) => {
  const [host, port] = request.url.split(':');
  console.log(`CONNECT ${request.url} ${request.headers['proxy-authorization'] ?? 'anonymous'}`);
  const to = connect(Number(port), host, () => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    to.pipe(socket).pipe(to);
  });
  to.on('error', () => socket.destroy());
  socket.on('error', () => to.destroy());
});

server.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`));
