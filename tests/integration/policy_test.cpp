// gw-token policy --batch: the cases that an independent simulator has judged.

#include <algorithm>
#include <filesystem>

#include "libgw/base/text.h"
#include "tests/integration/gateway.h"
#include "tests/support/catch.h"
#include "tests/support/place.h"
#include "tests/support/skip.h"

using namespace gw;
using namespace gw::test;

TEST_CASE("gw-token policy --batch answers the example cases as the independent simulator does") {
    const std::filesystem::path file = source_root() / "../shared/vectors/iam/examples.txt";
    if (!std::filesystem::exists(file)) GW_SKIP("../shared/vectors/iam is not here");
    std::string cases;
    std::string answers;
    const std::string text = read_file(file);
    for (const std::string_view line : split(text, '\n')) {
        if (line.empty()) continue;
        (line.find("\"result\"") == line.npos ? cases : answers).append(line).append("\n");
    }
    const Ending ending = must(run({{program_path("gw-token"), "policy", "--batch"}, {}, {}, {}, cases}));
    INFO(ending.errors);
    CHECK(ending.code == 1);
    CHECK(ending.output == answers);
    CHECK(std::count(answers.begin(), answers.end(), '\n') == 5);
}
