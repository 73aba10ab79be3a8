#include "apps/gw-preflight/options.h"

#include <algorithm>
#include <ostream>

#include <fmt/format.h>

#include "apps/support/command_line.h"
#include "libgw/base/text.h"

namespace gw::preflight {
namespace {

constexpr std::string_view kSynopsis =
    "  gw-preflight [OPTIONS] URL...                       would a browser let a page call it\n"
    "  gw-preflight --from-curl|--from-fetch @CLIP         the same for a request that was copied\n"
    "  gw-preflight --origins FILE --urls FILE [--matrix]  the same for many\n"
    "  gw-preflight --audit URL...                         whom does it let in by mistake\n"
    "The page's origin is -o; whether a preflight is needed follows from the request.";

using program::last_counts;
using program::one_of;
using program::repeatable;

void add_request(CLI::App& app, Options& options) {
    constexpr const char* kGroup = "The page and its request";
    repeatable(app.add_option("-o,--origin", options.origins, "the page's origin (http://localhost:3000)"))
        ->type_name("ORIGIN")
        ->group(kGroup);
    app.add_option("--origins", options.origins_file, "origins of a file, one a line")
        ->type_name("FILE")
        ->group(kGroup);
    app.add_option("--urls", options.urls_file, "URLs of a file, one a line")->type_name("FILE")->group(kGroup);
    app.add_option("--from-curl", options.from_curl, "the request of a curl command; @FILE, - for standard input")
        ->type_name("COMMAND")
        ->group(kGroup);
    app.add_option("--from-fetch", options.from_fetch, "the request of a fetch(); @FILE, - for standard input")
        ->type_name("CALL")
        ->group(kGroup);
    last_counts(app.add_option("-X,--method", options.method, "the method (GET; with -d POST)"))
        ->type_name("METHOD")
        ->group(kGroup)
        ->check(
            CLI::Validator([](std::string& text) { return text.empty() ? "a method has a name" : std::string(); }, ""));
    repeatable(app.add_option("-H,--header", options.headers, "a header that the script sets: 'Name: value'"))
        ->type_name("HEADER")
        ->group(kGroup);
    repeatable(app.add_option("-d,--data", options.data, "the body; a string, as fetch() takes it"))
        ->type_name("DATA")
        ->group(kGroup);
    app.add_option("--content-type", options.content_type, "of the body (text/plain;charset=UTF-8)")
        ->type_name("TYPE")
        ->group(kGroup);
    one_of(app.add_option("--credentials", options.credentials, "cookies and HTTP authentication (same-origin)"),
           {"omit", "same-origin", "include"})
        ->group(kGroup);
}

void add_verdict(CLI::App& app, Options& options) {
    constexpr const char* kGroup = "The verdict";
    repeatable(app.add_option("--expose", options.expose, "a header that the page must be able to read"))
        ->type_name("NAME")
        ->group(kGroup);
    app.add_flag("--no-actual", options.no_actual, "the preflight only")->group(kGroup);
    app.add_flag("--actual", options.actual, "send the request itself too when its method is not GET or HEAD")
        ->group(kGroup);
    app.add_flag("--errors", options.errors, "also bring about 401, 404 and 405: could the page read them")
        ->group(kGroup);
    app.add_flag("--audit", options.audit, "whom it lets in by mistake: asked in the name of many origins")
        ->group(kGroup);
    one_of(app.add_option("--browser", options.browser, "whose verdict; all: blocked when any of them blocks (all)"),
           {"chrome", "firefox", "safari", "all"})
        ->group(kGroup);
    one_of(app.add_option("--expect", options.expect, "what exit code 0 means (allow)"), {"allow", "deny"})
        ->group(kGroup);
}

void add_connection(CLI::App& app, Options& options) {
    constexpr const char* kGroup = "Connection";
    app.add_flag("-k,--insecure", options.insecure, "do not verify certificates")->group(kGroup);
    last_counts(app.add_option("--cacert", options.ca, "certificates to verify with, PEM; not the system's"))
        ->type_name("FILE")
        ->group(kGroup);
    last_counts(
        app.add_option("-x,--proxy", options.proxy, "go through this HTTP proxy: [http://][user:password@]HOST[:PORT]"))
        ->type_name("PROXY")
        ->group(kGroup);
    repeatable(app.add_option("--resolve", options.resolve, "the address of a name, as with curl"))
        ->type_name("HOST:PORT:ADDR")
        ->group(kGroup);
    repeatable(app.add_option("--connect-to", options.connect_to, "connect elsewhere, as with curl"))
        ->type_name("HOST:PORT:HOST:PORT")
        ->group(kGroup);
    last_counts(app.add_option("--max-time", options.max_time, "for each request; seconds or TIME (10s)"))
        ->type_name("TIME")
        ->group(kGroup);
}

}  // namespace

Result<std::optional<int>> parse_options(program::World& world, Options& options) {
    CLI::App app("gw-preflight: decides as a browser does whether a page may call");
    app.add_option("URL", options.urls)->group("");
    add_request(app, options);
    add_verdict(app, options);
    add_connection(app, options);
    app.add_option("-j,--jobs", program::to_number(options.jobs, 1, 1024), "checks at once (1)")
        ->type_name("N")
        ->group("Output");
    app.add_flag("--json", options.json, "a JSON document for each check, one a line")->group("Output");
    app.add_flag("--matrix", options.matrix, "a table: requests down, origins across")->group("Output");
    one_of(app.add_option("--fix", options.fix, "print what to configure, and tell the rest on stderr"),
           {"nginx", "caddy", "apigateway", "express", "gw-serve"})
        ->group("Output");
    app.add_option("--sarif", options.sarif, "write SARIF 2.1.0 too")->type_name("FILE")->group("Output");
    app.add_option("--junit", options.junit, "write JUnit's XML too")->type_name("FILE")->group("Output");
    app.add_flag("-v,--verbose", options.verbose, "requests and answers, on stderr")->group("Output");
    program::add_color(app, options.color, "Output");
    program::Manual manual;
    manual.synopsis = kSynopsis;
    manual.examples = {"gw-preflight -o https://app.example.com https://api.example.com/items",
                       "gw-preflight -X PUT -H 'authorization: x' --credentials include http://localhost:8080/items/7",
                       "gw-preflight --audit -o https://app.example.com https://api.example.com/items"};
    manual.short_options = {"origin", "method", "header", "credentials", "actual", "errors",   "audit",  "browser",
                            "fix",    "json",   "matrix", "verbose",     "help",   "help-all", "version"};
    return program::parse(world, app, manual, world.arguments);
}

}  // namespace gw::preflight
