#include "libgw/term/progress.h"

#include "tests/support/catch.h"

using namespace gw::term;

TEST_CASE("a progress line tells how much is done, and fits") {
    CHECK(progress_line(0.5, "checked 500/1000", 80) == "[###############...............] 50%  checked 500/1000");
    CHECK(progress_line(0, "a", 80) == "[..............................] 0%  a");
    CHECK(progress_line(1, "a", 0) == "[##############################] 100%  a");
    CHECK(progress_line(2, "a", 80) == progress_line(1, "a", 80));
    CHECK(progress_line(0.5, "checked 5/10", 30) == "[#####.....] 50%  checked 5/10");
    CHECK(progress_line(0.5, "checked 5/10", 20) == "50%  checked 5/10");
    CHECK(progress_line(0.5, "checked 5/10", 10) == "50%  chec\xe2\x80\xa6");
    CHECK(progress_line(std::nullopt, "12 M requests", 80) == "12 M requests");
}
