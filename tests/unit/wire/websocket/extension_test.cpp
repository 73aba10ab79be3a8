#include "libgw/wire/websocket/extension.h"

#include "tests/support/catch.h"

using namespace gw;
using namespace gw::websocket;

namespace {

std::string read(std::initializer_list<std::string_view> lines) {
    http::Fields fields;
    for (const std::string_view line : lines) fields.add("Sec-WebSocket-Extensions", line);
    const auto extensions = parse_extensions(fields);
    if (!extensions) return "bad";
    std::string all;
    for (const Extension& extension : *extensions) {
        all += "[" + extension.name;
        for (const ExtensionParameter& parameter : extension.parameters)
            all += ";" + parameter.name + (parameter.value ? "=" + *parameter.value : "");
        all += "]";
    }
    return all;
}

}  // namespace

TEST_CASE("extensions are read in their order, over all lines", "[websocket]") {
    CHECK(read({}).empty());
    CHECK(read({"foo"}) == "[foo]");
    CHECK(read({"deflate-stream", "mux; max-channels=4; flow-control, foo"}) ==
          "[deflate-stream][mux;max-channels=4;flow-control][foo]");
    CHECK(read({" a ;b = c ,\td; e=\"f\" "}) == "[a;b=c][d;e=f]");
    CHECK(read({"a; b=\"\\1\\0\""}) == "[a;b=10]");
    CHECK(read({", a,, b,"}) == "[a][b]");
}

TEST_CASE("what breaks the grammar of extensions is refused as a whole", "[websocket]") {
    for (const std::string_view line :
         {"", ",", ";", "a;", "a;;b", "a;=b", "a;b=", "a b", "a;b c", "a;b=\"c", "a;b=\"\\", "a;b=\"c d\"", "a;b=\"\"",
          "a;b=c=d", "\"a\"", "a/b", "a;b=\"c\"d"}) {
        INFO(line);
        CHECK(read({line}) == "bad");
        CHECK(read({"good", line}) == "bad");
    }
}
