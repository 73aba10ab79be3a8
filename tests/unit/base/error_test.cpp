#include "libgw/base/error.h"

#include "tests/support/catch.h"

using gw::Errc;
using gw::Error;
using gw::Location;

TEST_CASE("an error tells its place as far as it is known, and nothing of what is not") {
    const auto text = [](std::optional<Location> where) {
        return gw::to_string(Error{Errc::config, "the route is unknown", {}, std::move(where)});
    };
    CHECK(text(std::nullopt) == "the route is unknown");
    CHECK(text(Location{"gw.yaml", 3, 7}) == "gw.yaml:3:7: the route is unknown");
    CHECK(text(Location{"gw.yaml", 0, 0}) == "gw.yaml: the route is unknown");
    CHECK(text(Location{"", 3, 7}) == "3:7: the route is unknown");
    CHECK(text(Location{"", 0, 0}) == "the route is unknown");
}

TEST_CASE("context goes before the message, and the hint and the place stay") {
    const Error error = Error{Errc::io, "permission denied", "try sudo", Location{"a", 1, 2}}.in("reading a");
    CHECK(error.message == "reading a: permission denied");
    CHECK(error.hint == "try sudo");
    CHECK(error.where == Location{"a", 1, 2});
    CHECK(Error{}.with_hint("h").hint == "h");
    CHECK(Error{}.at({"b", 1, 1}).where->file == "b");
}

TEST_CASE("an errno is told in lower case behind what failed") {
    CHECK(gw::from_errno(Errc::connect, "connect 10.0.0.1:80", 111).message ==
          "connect 10.0.0.1:80: connection refused");
    CHECK(gw::from_errno(Errc::io, "x", 13).code == Errc::io);
}
