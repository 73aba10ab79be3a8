#include "libgw/base/log.h"

#include <string>

#include "tests/support/catch.h"

using namespace gw;

namespace {
class Heard final : public Log {
  public:
    [[nodiscard]] bool wants(LogLevel level) const override { return level <= LogLevel::info; }
    void write(LogLevel level, std::string_view event) override {
        text += std::string(to_text(level)) + ": " + std::string(event) + "\n";
    }
    std::string text;
};
}  // namespace

TEST_CASE("each word of the log carries its level", "[base][log]") {
    Heard log;
    log.error("a");
    log.warn("b");
    log.info("c");
    log.debug("d");
    CHECK(log.text == "error: a\nwarn: b\ninfo: c\ndebug: d\n");
    CHECK(log.wants(LogLevel::error));
    CHECK_FALSE(log.wants(LogLevel::debug));
}

TEST_CASE("the silent log wants nothing", "[base][log]") {
    SilentLog log;
    log.error("a");
    CHECK_FALSE(log.wants(LogLevel::error));
}
