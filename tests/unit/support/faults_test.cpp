#include "tests/support/faults.h"

#include "tests/support/catch.h"
#include "tests/support/process.h"
#include "tests/support/skip.h"

using namespace gw;
using namespace gw::test;

TEST_CASE("a program that looks at a board sees another date, and one without a board the real one") {
    if (!Faults::available()) GW_SKIP("sanitizers bring an operator new of their own");
    const Faults faults;
    faults.board().date_shift = std::int64_t{3653} * 86400 * 1'000'000'000;  // ten years
    const auto year = [](const Command& command) {
        const auto ending = run(command);
        REQUIRE(ending);
        return std::stoi(ending->output);
    };
    Command command;
    command.arguments = {"date", "+%Y"};
    command.input = "";
    const int now = year(command);
    command.environment = faults.environment();
    CHECK(year(command) == now + 10);
    command.environment.pop_back();
    CHECK(year(command) == now);
}
