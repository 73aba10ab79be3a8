#include "libgw/gateway/runtime.h"

#include <map>

#include "libgw/config/target.h"
#include "libgw/io/net/loop.h"
#include "tests/support/catch.h"

namespace gw::gateway {
namespace {

constexpr auto kDay = std::chrono::hours(24);

struct Bench {
    Result<std::shared_ptr<const Runtime>> try_build(const config::Model& model, const Runtime* previous = nullptr,
                                                     Nanoseconds later = Nanoseconds(0)) {
        return Runtime::build(
            std::make_shared<const config::Model>(model), previous,
            [this](const std::string& path) -> Result<std::string> {
                const auto found = files.find(path);
                if (found == files.end()) return Error{Errc::not_found, path + ": no such file", {}, {}};
                return found->second;
            },
            nullptr, Instant(), date + later);
    }
    std::shared_ptr<const Runtime> build(const config::Model& model, const Runtime* previous = nullptr,
                                         Nanoseconds later = Nanoseconds(0)) {
        auto built = try_build(model, previous, later);
        REQUIRE(built);
        return *built;
    }
    Date date = net::SystemClock().date();
    std::map<std::string, std::string> files;
};

config::Model self_signed(const std::string& host) {
    config::Model model;
    config::Listener listener;
    listener.address = "127.0.0.1:0";
    listener.tls = config::Tls{};
    listener.tls->self_signed = true;
    model.listeners.push_back(listener);
    config::Api api;
    api.hosts = {host};
    model.apis.push_back(api);
    return model;
}

}  // namespace

TEST_CASE("runtime: a CA for targets is read at once, whether or not a target speaks TLS") {
    Bench bench;
    config::Model model;
    model.upstream_tls.ca = "/ca.pem";
    const auto missing = bench.try_build(model);
    REQUIRE_FALSE(missing);
    CHECK(to_string(missing.error()).find("/ca.pem") != std::string::npos);
    bench.files["/ca.pem"] = "no certificate";
    CHECK_FALSE(bench.try_build(model));
    bench.files["/ca.pem"] = net::make_self_signed({"localhost"}, bench.date)->cert_pem;
    const auto good = bench.build(model);
    CHECK(good->upstream_tls != nullptr);
    // what is wrong with a reload is wrong with it too
    bench.files["/ca.pem"] = "no certificate";
    CHECK_FALSE(bench.try_build(model, good.get()));
    CHECK(bench.build(config::Model{})->upstream_tls == nullptr);
}

TEST_CASE("runtime: a certificate made in memory stays the same through reloads, until its names or its age change") {
    Bench bench;
    const auto first = bench.build(self_signed("a.example"));
    REQUIRE(first->self_signed.at(0));
    const std::string& pem = first->self_signed[0]->pair.cert_pem;
    const auto second = bench.build(self_signed("a.example"), first.get());
    CHECK(second->self_signed[0]->pair.cert_pem == pem);
    CHECK(bench.build(self_signed("a.example"), second.get(), 29 * kDay)->self_signed[0]->pair.cert_pem == pem);
    CHECK(bench.build(self_signed("a.example"), second.get(), 30 * kDay)->self_signed[0]->pair.cert_pem != pem);
    CHECK(bench.build(self_signed("a.example"), second.get(), -kDay)->self_signed[0]->pair.cert_pem != pem);
    CHECK(bench.build(self_signed("b.example"), second.get())->self_signed[0]->pair.cert_pem != pem);
}

}  // namespace gw::gateway
