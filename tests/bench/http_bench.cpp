// What the codec costs per message.

#include <string>

#include <benchmark/benchmark.h>

#include "libgw/wire/http/decoder.h"
#include "libgw/wire/http/encoder.h"

using namespace gw::http;

namespace {

const std::string kSmall =
    "GET /orders/42 HTTP/1.1\r\nHost: api.example.com\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n\r\n";
const std::string kTypical =
    "GET /v1/customers/42/orders?limit=20&after=abc HTTP/1.1\r\nHost: api.example.com\r\nUser-Agent: Mozilla/5.0 (X11; "
    "Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\nAccept: application/json, text/plain, */*\r\n"
    "Accept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br\r\nOrigin: https://app.example.com\r\n"
    "Connection: keep-alive\r\nReferer: https://app.example.com/\r\n\r\n";
const std::string kToken =
    "POST /v1/orders HTTP/1.1\r\nHost: api.example.com\r\nContent-Type: application/json\r\nContent-Length: 0\r\n"
    "Authorization: Bearer " +
    std::string(800, 'e') + "\r\nX-Request-Id: 6f1c8c1e-9d0b-4f5e-8f5a-0c6f8d1e2a3b\r\n\r\n";

void decode(benchmark::State& state, const std::string& bytes) {
    const Limits limits;
    RequestDecoder decoder(limits);
    RequestHead head;
    for (auto _ : state) {
        const Decoded found = decoder.decode(bytes, head);
        if (found.found != Found::head || decoder.decode({}, head).found != Found::end) {
            state.SkipWithError("refused");
            break;
        }
        benchmark::DoNotOptimize(head.fields.size());
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(bytes.size()));
    state.counters["bytes"] = static_cast<double>(bytes.size());
}

void decode_path(benchmark::State& state, const std::string& path) {
    Path into;
    std::string_view why;
    for (auto _ : state) benchmark::DoNotOptimize(parse_path(path, into, why));
}

void encode(benchmark::State& state) {
    const Limits limits;
    RequestDecoder decoder(limits);
    RequestHead head;
    decoder.decode(kTypical, head);
    std::string out;
    for (auto _ : state) {
        out.clear();
        HeadWriter writer(out);
        writer.request_line(head.method_text(), head.path.sent_with_query());
        for (const FieldView field : head.fields) writer.copied(field);
        benchmark::DoNotOptimize(writer.end());
    }
}

void decode_chunks(benchmark::State& state) {
    std::string bytes;
    char buffer[20];
    const std::string data(static_cast<std::size_t>(state.range(0)), 'x');
    for (int i = 0; i < 64; ++i) bytes.append(chunk_prefix(data.size(), buffer)).append(data).append(kChunkSuffix);
    bytes.append(kLastChunk);
    const Limits limits;
    ChunkedDecoder decoder;
    for (auto _ : state) {
        decoder.reset(limits);
        std::string_view rest = bytes;
        for (Decoded found; found.found != Found::end; rest.remove_prefix(found.taken)) found = decoder.decode(rest);
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(bytes.size()));
}

BENCHMARK_CAPTURE(decode, small, kSmall);
BENCHMARK_CAPTURE(decode, typical, kTypical);
BENCHMARK_CAPTURE(decode, token, kToken);
BENCHMARK_CAPTURE(decode_path, canonical, std::string("/v1/customers/42/orders?limit=20"));
BENCHMARK_CAPTURE(decode_path, escaped, std::string("/v1//customers/%34%32/a%2fb/../orders?limit=20"));
BENCHMARK(encode);
BENCHMARK(decode_chunks)->Arg(16)->Arg(1024)->Arg(16384);

}  // namespace
