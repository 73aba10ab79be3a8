// What the stage `cache` costs a request that it answers, the head of its answer included, with the route's own cost
// beside it; and what the shelf costs alone.

#include <memory>
#include <string>

#include "libgw/base/time_text.h"
#include "libgw/gateway/context.h"
#include "tests/bench/pipeline_bench.h"

using namespace gw;
using namespace gw::gateway;
using bench::kNow;

namespace {

std::shared_ptr<const cache::Stored> answer(const std::string& vary, const http::Fields& request) {
    http::ResponseHead head;
    head.status = 200;
    for (const auto& [name, value] : std::initializer_list<std::pair<const char*, std::string>>{
             {"Date", std::string(to_http_date(kNow))},
             {"Content-Type", "application/json"},
             {"Cache-Control", "max-age=600"},
             {"ETag", "\"33a64df551425fcc55e4d42a148795d9f25f89d4\""},
             {"Server", "origin"},
             {"X-Request-Cost", "12"}})
        head.fields.add(name, value);
    if (!vary.empty()) head.fields.add("Vary", vary);
    cache::Asked asked;
    asked.fields = &request;
    auto directives = cache::parse_response_directives(head.fields);
    const cache::Exchanged when{kNow, kNow};
    const auto lifetime = cache::lifetime_of(200, head.fields, directives, when);
    auto stored = std::make_shared<cache::Stored>(cache::make_stored(asked, head, directives, lifetime, when));
    stored->body = std::make_shared<const std::string>(1024, 'x');
    return stored;
}

void run(benchmark::State& state, const char* target, bool hit, const std::string& vary = {}) {
    bench::PipelineBench bench(
        state, R"(version: 1
cache: http
apis:
  - routes:
      - {routeKey: GET /open, integration: "mock:200:o"}
      - {routeKey: "GET /pets/{id}", integration: "http://127.0.0.1:1"}
)",
        std::string("GET ") + target +
            " HTTP/1.1\r\nhost: api.example\r\naccept: application/json\r\naccept-encoding: gzip, br\r\n"
            "accept-language: en-GB, en;q=0.8\r\nuser-agent: bench\r\n\r\n");
    if (!bench.is_ready()) return;
    if (hit) {
        const RouteCache& route = *bench.runtime->apis[0].routes[1].stable.cache;
        std::string key;
        cache::write_uri_key({.space = route.space, .host = bench.head.authority}, bench.head.path, key);
        (void)bench.runtime->cache->put(key, key, answer(vary, bench.head.fields));
    }
    const std::string date(to_http_date(kNow));
    std::string out;
    bench.run([](Exchange&) {},
              [&](const Exchange& exchange) {
                  if (!hit) return bench::is_mock(exchange);
                  if (exchange.decision.from != Decision::From::cache) return false;
                  out.clear();
                  http::HeadWriter writer(out);
                  writer.status_line(status_from_cache(*exchange.cache));
                  write_stored_fields(exchange, date, writer);
                  benchmark::DoNotOptimize(writer.end());
                  return true;
              });
}

void route_alone(benchmark::State& state) { run(state, "/open", false); }
void hit(benchmark::State& state) { run(state, "/pets/7?full=1", true); }
void hit_by_vary(benchmark::State& state) { run(state, "/pets/7?full=1", true, "Accept-Encoding, Accept-Language"); }

void shelf_find(benchmark::State& state) {
    cache::Shelf shelf(std::size_t{1} << 28U, HashSeed{1, 2});
    const http::Fields none;
    const auto stored = answer({}, none);
    std::vector<std::string> keys;
    for (int i = 0; i < 100000; ++i)
        keys.push_back("uc|gw|default|$default|GET /{proxy+}\nh\n/pets/" + std::to_string(i));
    for (const std::string& key : keys) (void)shelf.put(key, stored);
    std::size_t next = 0;
    for (auto _ : state) benchmark::DoNotOptimize(shelf.find(keys[next = (next + 7919) % keys.size()]));
}

BENCHMARK(route_alone);
BENCHMARK(hit);
BENCHMARK(hit_by_vary);
BENCHMARK(shelf_find);

}  // namespace
