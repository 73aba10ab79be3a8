// An Express with the text of a file put where it belongs, before authentication: node express.mjs FILE
import {readFileSync} from 'node:fs';
import express from 'express';

const app = express();
app.disable('x-powered-by');
new Function('app', readFileSync(process.argv[2], 'utf8'))(app);
app.use((request, response, next) => (request.get('authorization') === 'Bearer right' ? next() : response.sendStatus(401)));
app.all('/items', (request, response) => response.set('ETag', '"1"').send('x'));
const server = app.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
