#include "libgw/term/progress.h"

#include "tests/support/catch.h"

using namespace gw::term;

TEST_CASE("a progress line tells how much is done, and fits") {
    CHECK(progress_line("checked", 500, 1000, "3 blocked", 80) ==
          "checked 500/1000 [###############...............] 50%  3 blocked");
    CHECK(progress_line("checked", 0, 10, "", 80) == "checked 0/10 [..............................] 0%");
    CHECK(progress_line("checked", 10, 10, "", 0) == "checked 10/10 [##############################] 100%");
    CHECK(progress_line("checked", 5, 10, "", 30) == "checked 5/10 [######......] 50%");
    CHECK(progress_line("checked", 5, 10, "", 20) == "checked 5/10 50%");
    CHECK(progress_line("checked", 5, 10, "", 10) == "checked 5\xe2\x80\xa6");
    CHECK(progress_line("checked", 0, 0, "", 80).find("100%") != std::string::npos);
}
