#include "libgw/policy/integration/trace_context.h"

#include "tests/support/catch.h"

using namespace gw::integration;

namespace {

const gw::Date kDate{std::chrono::seconds(0x5759e988)};

std::array<std::uint8_t, kTraceBytes> random_bytes(std::uint8_t first) {
    std::array<std::uint8_t, kTraceBytes> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(first + i);
    return bytes;
}

struct Made {
    std::string amzn;
    std::string traceparent;
    bool keeps_tracestate;
};

Made make(std::string_view traceparent, std::string_view amzn) {
    gw::http::Fields fields;
    if (!traceparent.empty()) fields.add("traceparent", traceparent);
    if (!amzn.empty()) fields.add("x-amzn-trace-id", amzn);
    const TraceContext made = make_trace_context(fields, random_bytes(0), kDate);
    return {std::string(made.amzn_text()), std::string(made.traceparent_text()), made.keeps_tracestate};
}

constexpr std::string_view kSpan = "0c0d0e0f10111213";

}  // namespace

TEST_CASE("without a trace one is begun, the same in both fields", "[integration]") {
    const Made made = make("", "");
    CHECK(made.amzn == "Root=1-5759e988-000102030405060708090a0b;Parent=0c0d0e0f10111213;Sampled=0");
    CHECK(made.traceparent == "00-5759e988000102030405060708090a0b-0c0d0e0f10111213-00");
    CHECK_FALSE(made.keeps_tracestate);
}

TEST_CASE("the client's Root is kept, Parent and Sampled are completed", "[integration]") {
    const std::string root = "Root=1-5759e988-bd862e3fe1be46a994272793";
    CHECK(make("", root).amzn == root + ";Parent=" + std::string(kSpan) + ";Sampled=0");
    CHECK(make("", root + ";Sampled=1").amzn == root + ";Parent=" + std::string(kSpan) + ";Sampled=1");
    CHECK(make("", root + ";Sampled=?").amzn == root + ";Parent=" + std::string(kSpan) + ";Sampled=0");
    CHECK(make("", "Sampled=1; Parent=53995c3f42cd8ad8 ;" + root + ";Self=1-x").amzn ==
          root + ";Parent=53995c3f42cd8ad8;Sampled=1");
    CHECK(make("", "Root=1-5759E988-BD862E3FE1BE46A994272793").amzn.starts_with(root));
    // The W3C field names the same trace.
    CHECK(make("", root + ";Sampled=1").traceparent == "00-5759e988bd862e3fe1be46a994272793-0c0d0e0f10111213-01");
}

TEST_CASE("a Root that is not one is replaced", "[integration]") {
    for (const char* root :
         {"Root=1-5759e988-bd862e3fe1be46a99427279", "Root=1-5759e988-bd862e3fe1be46a9942727931",
          "Root=2-5759e988-bd862e3fe1be46a994272793", "Root=1-5759e98g-bd862e3fe1be46a994272793",
          "Root=1-5759e988:bd862e3fe1be46a994272793", "Root=1-00000000-000000000000000000000000",
          "root=1-5759e988-bd862e3fe1be46a994272793", "Root=", ";;;", "Root=1-5759e988-bd862e3fe1be46a994272\"93"}) {
        INFO(root);
        CHECK(make("", root).amzn == "Root=1-5759e988-000102030405060708090a0b;Parent=0c0d0e0f10111213;Sampled=0");
    }
}

TEST_CASE("a valid traceparent keeps its trace and its sampled flag and gets a new span", "[integration]") {
    const Made made = make("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "");
    CHECK(made.traceparent == "00-0af7651916cd43dd8448eb211c80319c-0c0d0e0f10111213-01");
    CHECK(made.amzn == "Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=0c0d0e0f10111213;Sampled=1");
    CHECK(made.keeps_tracestate);
    CHECK(make("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-fe", "").traceparent.ends_with("-00"));
    CHECK(make("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", "").traceparent ==
          "00-0af7651916cd43dd8448eb211c80319c-0c0d0e0f10111213-01");
}

TEST_CASE("a traceparent that is not valid is as good as none", "[integration]") {
    for (const char* text : {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
                             "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
                             "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                             "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                             "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                             "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                             "00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01",
                             "0-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01x",
                             "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01x",
                             "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x", "rubbish"}) {
        INFO(text);
        const Made made = make(text, "");
        CHECK(made.traceparent == "00-5759e988000102030405060708090a0b-0c0d0e0f10111213-00");
        CHECK_FALSE(made.keeps_tracestate);
    }
    gw::http::Fields twice;
    twice.add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    twice.add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    CHECK(make_trace_context(twice, random_bytes(0), kDate).traceparent_text().starts_with("00-5759e988"));
}

TEST_CASE("two traces are both kept", "[integration]") {
    const Made made = make("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                           "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0");
    CHECK(made.amzn == "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=0c0d0e0f10111213;Sampled=0");
    CHECK(made.traceparent == "00-0af7651916cd43dd8448eb211c80319c-0c0d0e0f10111213-01");
}

TEST_CASE("a span id is never zero", "[integration]") {
    const TraceContext made = make_trace_context({}, std::array<std::uint8_t, kTraceBytes>{}, kDate);
    CHECK(made.traceparent_text().substr(36, 16) == "0000000000000001");
}
