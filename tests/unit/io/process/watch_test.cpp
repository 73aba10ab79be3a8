#include "libgw/io/process/watch.h"

#include <future>

#include "tests/support/catch.h"
#include "tests/support/process.h"

using namespace gw;

TEST_CASE("a process is waited for until it has ended, and no longer") {
    auto child = test::Process::start({{"sh", "-c", "echo there; read line"}, {}, {}, {}, {}});
    REQUIRE(child);
    REQUIRE(child->wait_for_output("there"));
    auto watch = process::Watch::begin(child->id());
    REQUIRE(watch);
    auto ended = std::async(std::launch::async, [&] { return watch->wait().has_value(); });
    CHECK(ended.wait_for(std::chrono::milliseconds(50)) == std::future_status::timeout);
    child->close_input();
    CHECK(ended.wait_for(test::kPatience) == std::future_status::ready);
    CHECK(ended.get());
    REQUIRE(child->wait());
    const auto gone = process::Watch::begin(child->id());
    REQUIRE(!gone);
    CHECK(gone.error().code == Errc::not_found);
}
