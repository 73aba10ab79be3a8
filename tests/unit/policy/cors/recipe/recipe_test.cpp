#include "libgw/policy/cors/recipe/recipe.h"

#include "libgw/base/json.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::cors;

namespace {

Wish wish() {
    return {{"https://a.example", "http://localhost:5173"}, {"GET", "PUT"}, {"authorization"}, {"etag"}, true, 60};
}

}  // namespace

TEST_CASE("servers are known by their names") {
    CHECK(parse_server("nginx") == Server::nginx);
    CHECK(parse_server("gw-serve") == Server::gw_serve);
    CHECK_FALSE(parse_server("apache"));
}

TEST_CASE("every recipe names the origins, methods and headers, and says Vary where the server does not by itself") {
    for (const Server server : {Server::nginx, Server::caddy, Server::apigateway, Server::express, Server::gw_serve}) {
        const auto text = write_recipe(server, wish());
        REQUIRE(text);
        INFO(*text);
        for (const char* word : {"https://a.example", "http://localhost:5173", "PUT", "authorization", "etag", "60"})
            CHECK(text->find(word) != std::string::npos);
        const bool by_itself = server == Server::apigateway || server == Server::gw_serve;
        CHECK((text->find("Vary") != std::string::npos || text->find("vary") != std::string::npos) != by_itself);
        Wish less = wish();
        less.credentials = false;
        const auto without = write_recipe(server, less);
        REQUIRE(without);
        CHECK(*without != *text);
    }
}

TEST_CASE("the recipe of API Gateway is its CorsConfiguration") {
    const auto document = parse_json(*write_recipe(Server::apigateway, wish()));
    REQUIRE(document);
    CHECK(to_json(*document) ==
          R"({"AllowOrigins":["https://a.example","http://localhost:5173"],"AllowMethods":["GET","PUT"],)"
          R"("AllowHeaders":["authorization"],"ExposeHeaders":["etag"],"AllowCredentials":true,"MaxAge":60})");
}

TEST_CASE("a recipe for nobody, for null and with names that need quoting is refused") {
    Wish made = wish();
    made.origins.clear();
    CHECK_FALSE(write_recipe(Server::nginx, made));
    made.origins = {"null"};
    CHECK_FALSE(write_recipe(Server::nginx, made));
    for (const char* name : {"x$y", "x'y", "`x`", "", "x|y"}) {
        made = wish();
        made.headers = {name};
        for (const Server server : {Server::nginx, Server::caddy, Server::express, Server::gw_serve})
            CHECK_FALSE(write_recipe(server, made));
        made = wish();
        made.methods = {name};
        CHECK_FALSE(write_recipe(Server::express, made));
    }
}
