// The public suite of HTTP caching tests (http-cache-tests). Its server is the target: the URL is printed. Then a line
// with the URL of the cache in front of it is read, every test is run through it, and the results are printed, one JSON
// object a line: {"suite","id","kind","depends","result"}, where result is true or [kind of failure, words].
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import fetch from 'node-fetch';
import { getResults, runTests } from 'http-cache-tests/client/runner.mjs';
import handleConfig from 'http-cache-tests/server/handle-config.mjs';
import handleState from 'http-cache-tests/server/handle-state.mjs';
import handleTest from 'http-cache-tests/server/handle-test.mjs';
import suites from 'http-cache-tests/tests/index.mjs';

const handlers = { config: handleConfig, state: handleState, test: handleTest };
const say = console.log;
console.log = () => {}; // the suite's server talks on it

const server = createServer((request, response) => {
  const path = new URL(request.url, 'http://localhost').pathname.split('/').slice(1);
  const handler = handlers[path.shift()];
  if (handler) return handler(path, request, response);
  response.statusCode = 404;
  response.end();
});
server.listen(0, '127.0.0.1', () => say(`http://127.0.0.1:${server.address().port}`));

for await (const line of createInterface({ input: process.stdin })) {
  const wanted = process.argv[2];
  const chosen = suites.map((suite) => ({ ...suite, tests: suite.tests.filter((test) => !wanted || test.id === wanted) }));
  await runTests(chosen, fetch, false, line);
  const results = getResults();
  for (const suite of suites)
    for (const { id, kind = 'required', depends_on: depends = [] } of suite.tests)
      if (id in results) say(JSON.stringify({ suite: suite.id, id, kind, depends, result: results[id] }));
  process.exit(0);
}
