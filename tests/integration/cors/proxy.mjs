// An HTTP proxy that wants alice:secret, and says what it was asked for: node proxy.mjs
import {createServer, request as ask} from 'node:http';
import {connect} from 'node:net';

const wanted = 'Basic ' + Buffer.from('alice:secret').toString('base64');
const server = createServer((request, response) => {
  console.log(`${request.method} ${request.url} ${request.headers['proxy-authorization'] ?? '-'}`);
  if (request.headers['proxy-authorization'] !== wanted) return response.writeHead(407).end();
  const {'proxy-authorization': _, ...headers} = request.headers;
  const onward = ask(request.url, {method: request.method, headers}, (answer) => {
    response.writeHead(answer.statusCode, answer.rawHeaders);
    answer.pipe(response);
  });
  onward.on('error', () => response.writeHead(502).end());
  request.pipe(onward);
});
server.on('connect', (request, client) => {
  console.log(`CONNECT ${request.url} ${request.headers['proxy-authorization'] ?? '-'}`);
  client.on('error', () => {});
  if (request.headers['proxy-authorization'] !== wanted) return client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
  const colon = request.url.lastIndexOf(':');
  const target = connect(request.url.slice(colon + 1), request.url.slice(0, colon).replace(/[[\]]/g, ''), () => {
    client.write('HTTP/1.1 200 Connection established\r\nVia: 1.1 proxy\r\n\r\n');
    client.pipe(target).pipe(client);
  });
  target.on('error', () => client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
});
server.listen(0, '127.0.0.1', () => console.log(`at 127.0.0.1:${server.address().port}`));
