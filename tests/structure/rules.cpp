#include "tests/structure/rules.h"

#include <algorithm>
#include <array>
#include <map>
#include <sstream>

namespace gw::structure {
namespace {

// ── the data ────────────────────────────────────────────────────────────────

constexpr std::array<std::string_view, 7> kTiers = {"base", "wire", "policy", "config", "io", "gateway", "apps"};
constexpr std::size_t kFirstTierOfTheWorld = 4;  // io

/// A library: how its headers begin, and the files or folders (with a final '/') that may include them. '*' stands for
/// one folder.
struct Wall {
    std::string_view header;
    std::vector<std::string_view> inside;
};
const std::vector<Wall> kWalls = {
    {"boost/", {"libgw/io/net/", "libgw/io/process/"}},
    {"ares.h", {"libgw/io/net/resolver*.cpp"}},
    {"ares_", {"libgw/io/net/resolver*.cpp"}},
    {"openssl/",
     {"libgw/base/crypto.cpp", "libgw/base/signing_key*.cpp", "libgw/base/signing_key_openssl.h",
      "libgw/io/net/tls*.cpp", "libgw/io/net/tls_openssl.h", "apps/gw-token/reference.cpp"}},
    {"httplib.h", {"apps/gw-token/issuer.cpp", "tests/support/peer.cpp"}},
    {"nlohmann/", {"libgw/base/json.cpp"}},
    {"CLI/", {"apps/*/options.cpp", "apps/gw-token/options_*.cpp", "apps/support/"}},
    {"yaml.h", {"libgw/wire/document/yaml.cpp"}},
    {"pugixml.hpp", {"libgw/wire/soap/xml.cpp"}},
    {"re2/", {"libgw/base/pattern.cpp"}},
    {"valijson/", {"libgw/policy/validation/schema.cpp"}},
    {"zlib.h", {"libgw/base/inflate.cpp", "libgw/base/message_deflate.cpp"}},
    {"hiredis/", {"libgw/wire/resp/"}},
    {"sqlite3.h", {"libgw/io/store/sqlite.cpp"}},
    {"histedit.h", {"apps/gw-wscat/prompt.cpp"}},
    {"editline/", {"apps/gw-wscat/prompt.cpp"}},
    {"catch2/", {"tests/support/catch.h", "tests/support/catch_main.cpp"}},
    {"benchmark/", {"tests/bench/"}},
    {"fmt/", {"libgw/", "apps/", "tests/"}},
};
/// Says in --version what each library calls itself, and may include any of them for that, but for the peer of the
/// tests.
constexpr std::string_view kTellsVersions = "apps/support/versions.cpp";
/// Tests may look at anything with other eyes than the product's, except at these, which have their walls in tests too.
constexpr std::array<std::string_view, 3> kWallsInTests = {"httplib.h", "catch2/", "benchmark/"};

/// Headers of the system. Those of the standard library have neither a dot nor a slash.
constexpr std::array<std::string_view, 32> kSystemHeaders = {
    "sys/",     "netinet/",  "arpa/",      "net/",     "linux/",   "sanitizer/", "unistd.h",    "fcntl.h",
    "malloc.h", "poll.h",    "netdb.h",    "signal.h", "spawn.h",  "termios.h",  "pwd.h",       "grp.h",
    "sched.h",  "pthread.h", "ifaddrs.h",  "errno.h",  "string.h", "stdlib.h",   "stdio.h",     "time.h",
    "stdint.h", "wchar.h",   "langinfo.h", "locale.h", "dlfcn.h",  "execinfo.h", "immintrin.h", "emmintrin.h"};

/// Headers that reach for the world, and have no business left of io.
constexpr std::array<std::string_view, 15> kWorldHeaders = {
    "iostream",   "fstream",  "thread",    "future",     "unistd.h",   "fcntl.h",     "poll.h",    "netdb.h",
    "sys/socket", "sys/un.h", "sys/epoll", "sys/stat.h", "sys/mman.h", "sys/eventfd", "syncstream"};
constexpr std::array<std::string_view, 5> kLockHeaders = {"mutex", "shared_mutex", "condition_variable", "semaphore",
                                                          "latch"};

/// How a banned name is recognised: any use of the word; a call of the free function; the same for a name that
/// functions of our own may well bear, so that `Result<File> open(` and `T& time(` are declarations; a call through
/// `::`, `.` or `->`.
enum class Use { word, call, call_of_common_name, global_call, qualified_call };

struct Ban {
    std::string_view name;  ///< a word, or "qualifier::word"
    Use use;
    bool only_left_of_io;
    std::string_view why;
    std::string_view except = {};  ///< a file that may
};
constexpr std::string_view kClock = "reads a clock left of io";
constexpr std::string_view kDice = "throws dice left of io";
constexpr std::string_view kSurroundings = "reads the environment left of io";
constexpr std::string_view kPrint = "prints, or touches a file or a socket, left of io";
constexpr std::string_view kUnsafe = "is banned on input";
const std::vector<Ban> kBans = {
    {"now", Use::qualified_call, true, kClock},
    {"clock_gettime", Use::word, true, kClock},
    {"gettimeofday", Use::word, true, kClock},
    {"timespec_get", Use::word, true, kClock},
    {"time", Use::call_of_common_name, true, kClock},
    {"localtime", Use::word, true, kClock},
    {"localtime_r", Use::word, true, kClock},
    {"mktime", Use::word, true, kClock},
    {"current_zone", Use::word, true, kClock},
    {"rand", Use::call, true, kDice},
    {"srand", Use::call, true, kDice},
    {"random", Use::call_of_common_name, true, kDice},
    {"drand48", Use::word, true, kDice},
    {"arc4random", Use::word, true, kDice},
    {"getrandom", Use::word, true, kDice},
    {"getentropy", Use::word, true, kDice},
    {"random_device", Use::word, true, kDice},
    {"RAND_bytes", Use::word, true, kDice, "libgw/base/crypto.cpp"},
    {"RAND_priv_bytes", Use::word, true, kDice, "libgw/base/crypto.cpp"},
    {"getenv", Use::word, true, kSurroundings},
    {"secure_getenv", Use::word, true, kSurroundings},
    {"setenv", Use::word, true, kSurroundings},
    {"putenv", Use::word, true, kSurroundings},
    {"environ", Use::word, true, kSurroundings},
    {"getpid", Use::call, true, kSurroundings},
    {"gethostname", Use::call, true, kSurroundings},
    {"printf", Use::word, true, kPrint},
    {"fprintf", Use::word, true, kPrint},
    {"puts", Use::call, true, kPrint},
    {"fputs", Use::call, true, kPrint},
    {"putchar", Use::call, true, kPrint},
    {"perror", Use::word, true, kPrint},
    {"cout", Use::word, true, kPrint},
    {"cerr", Use::word, true, kPrint},
    {"clog", Use::word, true, kPrint},
    {"stdout", Use::word, true, kPrint},
    {"stderr", Use::word, true, kPrint},
    {"fopen", Use::word, true, kPrint},
    {"freopen", Use::word, true, kPrint},
    {"ifstream", Use::word, true, kPrint},
    {"ofstream", Use::word, true, kPrint},
    {"fstream", Use::word, true, kPrint},
    {"open", Use::global_call, true, kPrint},
    {"openat", Use::call, true, kPrint},
    {"socket", Use::global_call, true, kPrint},
    {"getaddrinfo", Use::word, true, kPrint},
    {"epoll_create1", Use::word, true, kPrint},
    {"std::regex", Use::word, false, "is banned: base/pattern has every regular expression"},
    {"strtol", Use::word, false, kUnsafe},
    {"strtoll", Use::word, false, kUnsafe},
    {"strtoul", Use::word, false, kUnsafe},
    {"strtoull", Use::word, false, kUnsafe},
    {"strtof", Use::word, false, kUnsafe},
    {"strtod", Use::word, false, kUnsafe},
    {"strtold", Use::word, false, kUnsafe},
    {"stoi", Use::word, false, kUnsafe},
    {"stol", Use::word, false, kUnsafe},
    {"stoul", Use::word, false, kUnsafe},
    {"stoll", Use::word, false, kUnsafe},
    {"stoull", Use::word, false, kUnsafe},
    {"stof", Use::word, false, kUnsafe},
    {"stod", Use::word, false, kUnsafe},
    {"atoi", Use::word, false, kUnsafe},
    {"atol", Use::word, false, kUnsafe},
    {"atoll", Use::word, false, kUnsafe},
    {"atof", Use::word, false, kUnsafe},
    {"scanf", Use::word, false, kUnsafe},
    {"sscanf", Use::word, false, kUnsafe},
    {"fscanf", Use::word, false, kUnsafe},
    {"sprintf", Use::word, false, kUnsafe},
    {"vsprintf", Use::word, false, kUnsafe},
    {"strcpy", Use::word, false, kUnsafe},
    {"strcat", Use::word, false, kUnsafe},
    {"strtok", Use::word, false, kUnsafe},
    {"gets", Use::call, false, kUnsafe},
    {"alloca", Use::word, false, kUnsafe},
    {"mktemp", Use::word, false, kUnsafe},
    {"tmpnam", Use::word, false, kUnsafe},
    {"system", Use::call, false, kUnsafe},
    {"popen", Use::word, false, kUnsafe},
    {"fmt::runtime", Use::word, false, "takes a format from the run time"},
};

/// Compare bytes in a time that tells how many of them are alike.
constexpr std::array<std::string_view, 5> kHastyComparisons = {"memcmp", "strcmp", "strncmp", "strcasecmp", "bcmp"};
/// Compare what everybody knows: names of routes, of protocols, addresses.
constexpr std::array<std::string_view, 3> kComparesNoSecrets = {"libgw/policy/routing/router.cpp",
                                                                "libgw/io/net/tls.cpp", "libgw/io/net/address.cpp"};

constexpr std::size_t kMostLines = 500;
constexpr std::array<std::string_view, 9> kNamesOfNothing = {"utils",   "util", "helpers", "helper", "common",
                                                             "manager", "impl", "misc",    "detail"};
constexpr std::array<std::string_view, 4> kPromises = {"TODO", "FIXME", "XXX", "HACK"};

const std::vector<std::string_view> kTopLevel = {"CMakeLists.txt",
                                                 "CMakePresets.json",
                                                 "README.md",
                                                 "LICENSE",
                                                 ".clang-format",
                                                 ".clang-tidy",
                                                 ".editorconfig",
                                                 ".gitignore",
                                                 ".ci",
                                                 "apps",
                                                 "libgw",
                                                 "man",
                                                 "completions",
                                                 "tests"};
/// Not part of the project, but found in the folder of somebody who works on it.
constexpr std::array<std::string_view, 4> kBesideTheProject = {".git", "build", "compile_commands.json", ".cache"};

// ── how the laws are read ───────────────────────────────────────────────────

template <class List>
bool contains(const List& list, std::string_view wanted) {
    return std::find(list.begin(), list.end(), wanted) != list.end();
}

template <class List>
bool has_prefix_in(const List& list, std::string_view text) {
    return std::any_of(list.begin(), list.end(), [&](std::string_view prefix) { return text.starts_with(prefix); });
}

std::vector<std::string> split(std::string_view path) {
    std::vector<std::string> parts;
    for (std::size_t at = 0; at <= path.size();) {
        const std::size_t end = std::min(path.find('/', at), path.size());
        parts.emplace_back(path.substr(at, end - at));
        at = end + 1;
    }
    return parts;
}

/// "io" for libgw/io/…, "apps" for apps/…, "tests" for tests/…, else "".
std::string tier_of(std::string_view path) {
    const std::vector<std::string> parts = split(path);
    if (parts.size() < 2) return {};
    if (parts[0] == "libgw") return parts[1];
    return parts[0] == "apps" || parts[0] == "tests" ? parts[0] : std::string();
}

/// The place of a tier in the line, from the left; kTiers.size() for what stands outside of it.
std::size_t place_of(std::string_view tier) {
    return static_cast<std::size_t>(std::find(kTiers.begin(), kTiers.end(), tier) - kTiers.begin());
}

bool is_left_of_io(std::string_view path) { return place_of(tier_of(path)) < kFirstTierOfTheWorld; }

std::string at(const Source& source, std::size_t line) { return source.path + ":" + std::to_string(line) + ": "; }

bool may_include(const std::string& from, const std::string& to) {
    if (from == "tests") return true;
    if (to == "tests") return false;
    if (from == "term") return to == "base" || to == "term";
    if (to == "term") return from == "apps";
    return place_of(to) < kTiers.size() && place_of(to) <= place_of(from);
}

bool is_inside(std::string_view path, std::string_view place) {
    if (place.ends_with('/')) return path.starts_with(place);
    const std::size_t star = place.find('*');
    if (star == std::string_view::npos) return path == place;
    const std::string_view before = place.substr(0, star);
    const std::string_view after = place.substr(star + 1);
    if (path.size() < before.size() + after.size() || !path.starts_with(before) || !path.ends_with(after)) return false;
    return path.substr(before.size(), path.size() - before.size() - after.size()).find('/') == std::string_view::npos;
}

/// Whether tokens[index] is called as a function that belongs to nobody: f(, ::f( or std::f(, and neither o.f( nor a
/// declaration.
bool is_free_call(const std::vector<Token>& tokens, std::size_t index, bool common_name) {
    if (index + 1 >= tokens.size() || tokens[index + 1].text != "(") return false;
    if (index == 0) return true;
    const Token& before = tokens[index - 1];
    if (before.text == "::") {
        if (index < 2 || !tokens[index - 2].is_word) return true;
        static constexpr std::array<std::string_view, 3> kNoQualifier = {"std", "return", "else"};
        return contains(kNoQualifier, tokens[index - 2].text);
    }
    if (before.text == "." || before.text == "->") return false;
    static constexpr std::array<std::string_view, 10> kBeforeAnExpression = {
        "return", "else", "do", "case", "throw", "and", "or", "not", "co_return", "co_await"};
    if (before.is_word) return contains(kBeforeAnExpression, before.text);
    const bool ends_a_type = before.text == ">" || before.text == "&" || before.text == "*";
    return !(common_name && ends_a_type);
}

/// Whether the token is the word `name`, or for "qualifier::word" the word behind that qualifier.
bool is_named(const std::vector<Token>& tokens, std::size_t index, std::string_view name) {
    const std::size_t colons = name.find("::");
    if (colons == std::string_view::npos) return tokens[index].text == name;
    return index >= 2 && tokens[index].text == name.substr(colons + 2) && tokens[index - 1].text == "::" &&
           tokens[index - 2].text == name.substr(0, colons);
}

bool is_use(const std::vector<Token>& tokens, std::size_t index, Use use) {
    if (use == Use::word) return true;
    if (use == Use::qualified_call) {
        const bool called = index + 1 < tokens.size() && tokens[index + 1].text == "(";
        return called && index > 0 &&
               (tokens[index - 1].text == "::" || tokens[index - 1].text == "." || tokens[index - 1].text == "->");
    }
    if (use == Use::global_call && (index == 0 || tokens[index - 1].text != "::")) return false;
    return is_free_call(tokens, index, use == Use::call_of_common_name);
}

}  // namespace

Findings check_tiers(const Source& source, const std::vector<Source>& tree) {
    Findings findings;
    const std::string from = tier_of(source.path);
    if (from != "tests" && from != "term" && place_of(from) == kTiers.size())
        findings.push_back(source.path + ": belongs to no tier");
    for (const Include& include : find_includes(source.text)) {
        if (include.angled) continue;
        const bool exists =
            std::any_of(tree.begin(), tree.end(), [&](const Source& other) { return other.path == include.name; });
        if (!exists)
            findings.push_back(at(source, include.line) + "\"" + include.name +
                               "\" is no path from the root of the tree");
        else if (!may_include(from, tier_of(include.name)))
            findings.push_back(at(source, include.line) + from + " must not include " + include.name);
    }
    return findings;
}

Findings check_walls(const Source& source) {
    Findings findings;
    const bool is_test = source.path.starts_with("tests/");
    for (const Include& include : find_includes(source.text)) {
        if (!include.angled || include.name.find_first_of("./") == std::string::npos ||
            has_prefix_in(kSystemHeaders, include.name))
            continue;
        const auto wall = std::find_if(kWalls.begin(), kWalls.end(),
                                       [&](const Wall& row) { return include.name.starts_with(row.header); });
        if (wall == kWalls.end()) {
            findings.push_back(at(source, include.line) + "<" + include.name + "> has no wall: add a row to the table");
        } else if (source.path == kTellsVersions && !contains(kWallsInTests, wall->header)) {
            continue;
        } else if (!is_test || contains(kWallsInTests, wall->header)) {
            const bool allowed = std::any_of(wall->inside.begin(), wall->inside.end(),
                                             [&](std::string_view place) { return is_inside(source.path, place); });
            if (!allowed) findings.push_back(at(source, include.line) + "<" + include.name + "> outside of its wall");
        }
    }
    return findings;
}

Findings check_calls(const Source& source) {
    Findings findings;
    if (source.path.starts_with("tests/")) return findings;
    const bool pure = is_left_of_io(source.path);
    const std::string tier = tier_of(source.path);
    for (const Include& include : find_includes(source.text)) {
        if (!include.angled) continue;
        if (include.name == "regex") findings.push_back(at(source, include.line) + "<regex> is banned");
        const bool exact_or_folder =
            std::any_of(kWorldHeaders.begin(), kWorldHeaders.end(), [&](std::string_view header) {
                return include.name == header || (header.starts_with("sys/") && include.name.starts_with(header));
            });
        if (pure && exact_or_folder)
            findings.push_back(at(source, include.line) + "<" + include.name + "> reaches for the world left of io");
        if ((tier == "wire" || tier == "policy") && contains(kLockHeaders, include.name))
            findings.push_back(at(source, include.line) + "<" + include.name + "> is a lock, and there is none in " +
                               tier);
    }
    const std::vector<Token> tokens = tokenize(source.text);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (!tokens[i].is_word) continue;
        for (const Ban& ban : kBans)
            if (is_named(tokens, i, ban.name) && (pure || !ban.only_left_of_io) && source.path != ban.except &&
                is_use(tokens, i, ban.use))
                findings.push_back(at(source, tokens[i].line) + std::string(ban.name) + " " + std::string(ban.why));
        const bool is_files = tokens[i].text == "filesystem" && i + 2 < tokens.size() && tokens[i + 1].text == "::";
        if (pure && is_files && tokens[i + 2].text != "path")
            findings.push_back(at(source, tokens[i].line) + "filesystem::" + tokens[i + 2].text + " " +
                               std::string(kPrint));
    }
    return findings;
}

Findings check_comparisons(const Source& source) {
    Findings findings;
    if (source.path.starts_with("tests/")) return findings;
    const std::vector<Token> tokens = tokenize(source.text);
    const auto is = [&](std::size_t index, std::string_view text) {
        return index < tokens.size() && tokens[index].text == text;
    };
    const auto is_equality = [&](std::size_t index) {  // "==" or "!="
        return (is(index, "=") || is(index, "!")) && is(index + 1, "=");
    };
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (contains(kHastyComparisons, tokens[i].text) && !contains(kComparesNoSecrets, source.path))
            findings.push_back(at(source, tokens[i].line) + tokens[i].text + " tells by its time how much is alike");
        if (!is(i, "expose") || !is(i + 1, "(") || !is(i + 2, ")")) continue;
        std::size_t begin = i;  // of the expression whose secret it is
        static constexpr std::array<std::string_view, 7> kOfAnExpression = {".", "->", "::", "(", ")", "[", "]"};
        while (begin > 0 && (tokens[begin - 1].is_word || contains(kOfAnExpression, tokens[begin - 1].text))) --begin;
        const bool compared =
            is_equality(i + 3) || (begin >= 2 && is_equality(begin - 2)) || (is(i + 3, ".") && is(i + 4, "compare"));
        if (compared) findings.push_back(at(source, tokens[i].line) + "a secret is compared by == or compare()");
    }
    return findings;
}

Findings check_form(const Source& source) {
    Findings findings;
    const auto lines = static_cast<std::size_t>(std::count(source.text.begin(), source.text.end(), '\n'));
    // a test file may hold the many cases of one thing
    const std::size_t most = source.path.starts_with("tests/") ? 3 * kMostLines : kMostLines;
    if (lines > most)
        findings.push_back(source.path + ": " + std::to_string(lines) + " lines, more than " + std::to_string(most));
    if (source.path.ends_with(".h") && source.text.find("#pragma once") == std::string::npos)
        findings.push_back(source.path + ": a header without #pragma once");
    std::vector<std::string> parts = split(source.path);
    const std::string file = parts.back().substr(0, parts.back().rfind('.'));
    if (file.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") != std::string::npos)
        findings.push_back(source.path + ": a file is named by lower-case words");
    parts.back() = file;
    for (const std::string& part : parts)
        if (contains(kNamesOfNothing, part)) findings.push_back(source.path + ": '" + part + "' names nothing");
    return findings;
}

Findings check_promises(const Source& source) {
    Findings findings;
    if (source.path.starts_with("tests/")) return findings;
    const auto is_part_of_word = [&](std::size_t index) {
        const char c = index < source.text.size() ? source.text[index] : ' ';
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    };
    for (const std::string_view promise : kPromises)
        for (std::size_t found = source.text.find(promise); found != std::string::npos;
             found = source.text.find(promise, found + 1)) {
            if ((found > 0 && is_part_of_word(found - 1)) || is_part_of_word(found + promise.size())) continue;
            const auto line =
                std::count(source.text.begin(), source.text.begin() + static_cast<std::ptrdiff_t>(found), '\n');
            findings.push_back(at(source, static_cast<std::size_t>(line) + 1) + std::string(promise) + " is a promise");
        }
    return findings;
}

Findings check_test_names(const Source& source) {
    constexpr std::size_t kLastColumn = 60;
    Findings findings;
    if (!source.path.starts_with("tests/")) return findings;
    const std::string& text = source.text;
    for (std::size_t found = text.find("TEST_CASE(\""); found != std::string::npos;
         found = text.find("TEST_CASE(\"", found + 1)) {
        const std::size_t begin = found + std::string_view("TEST_CASE(\"").size();
        const std::string name = text.substr(begin, text.find('"', begin) - begin);
        const auto line =
            std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(found), '\n') + std::ptrdiff_t{1};
        const std::string place = at(source, static_cast<std::size_t>(line)) + "'" + name + "' ";
        if (name.starts_with('-')) findings.push_back(place + "is an option to Catch2");
        if (const std::size_t colon = name.rfind(": "); colon != std::string::npos && colon >= kLastColumn)
            findings.push_back(place + "has a ': ' too far to the right for Catch2");
    }
    return findings;
}

Findings check_named_tests(const Source& document, const std::vector<Source>& tree) {
    Findings findings;
    std::istringstream lines(document.text);
    std::size_t number = 0;
    for (std::string line; std::getline(lines, line);) {
        ++number;
        if (!line.starts_with('|')) continue;
        for (std::size_t begin = line.find('"'); begin != std::string::npos;) {
            const std::size_t end = line.find('"', begin + 1);
            if (end == std::string::npos) break;
            const std::string name = line.substr(begin, end - begin + 1);
            begin = line.find('"', end + 1);
            if (name.find(' ') == std::string::npos) continue;
            const auto has = [&](const Source& source) {
                return source.path.starts_with("tests/") && source.text.find("TEST_CASE(" + name) != std::string::npos;
            };
            if (std::none_of(tree.begin(), tree.end(), has))
                findings.push_back(at(document, number) + "there is no test " + name);
        }
    }
    return findings;
}

Findings check_engines(const Source& lock) {
    constexpr unsigned long kNode = 18;
    constexpr std::string_view kMember = "\"node\": \"";
    Findings findings;
    std::istringstream lines(lock.text);
    std::size_t number = 0;
    for (std::string line; std::getline(lines, line);) {
        ++number;
        const auto member = line.find(kMember);
        if (member == std::string::npos) continue;
        // alternatives between "||"; the first figure of each is its oldest major version
        bool is_there = false;
        for (std::size_t from = member + kMember.size(); from != std::string::npos;) {
            const auto digit = line.find_first_of("0123456789*", from);
            is_there =
                is_there || digit == std::string::npos || line[digit] == '*' || std::stoul(line.substr(digit)) <= kNode;
            from = line.find("||", from);
            if (from != std::string::npos) from += 2;
        }
        if (!is_there) findings.push_back(at(lock, number) + line.substr(member) + " is newer than Node 18");
    }
    return findings;
}

Findings find_include_cycles(const std::vector<Source>& tree) {
    std::map<std::string, std::size_t> index;
    for (std::size_t i = 0; i < tree.size(); ++i) index.emplace(tree[i].path, i);
    std::vector<std::vector<std::size_t>> edges(tree.size());
    for (std::size_t i = 0; i < tree.size(); ++i)
        for (const Include& include : find_includes(tree[i].text))
            if (const auto found = index.find(include.name); !include.angled && found != index.end())
                edges[i].push_back(found->second);

    enum class Mark : std::uint8_t { unseen, open, done };
    std::vector<Mark> marks(tree.size(), Mark::unseen);
    struct Visit {
        std::size_t file;
        std::size_t next;
    };
    Findings findings;
    for (std::size_t start = 0; start < tree.size(); ++start) {
        if (marks[start] != Mark::unseen) continue;
        std::vector<Visit> way{{start, 0}};
        marks[start] = Mark::open;
        while (!way.empty()) {
            Visit& visit = way.back();
            if (visit.next == edges[visit.file].size()) {
                marks[visit.file] = Mark::done;
                way.pop_back();
                continue;
            }
            const std::size_t target = edges[visit.file][visit.next++];
            if (marks[target] == Mark::open) {
                std::string ring;
                auto from = std::find_if(way.begin(), way.end(), [&](const Visit& v) { return v.file == target; });
                for (; from != way.end(); ++from) ring += tree[from->file].path + " -> ";
                findings.push_back("a ring of includes: " + ring + tree[target].path);
            } else if (marks[target] == Mark::unseen) {
                marks[target] = Mark::open;
                way.push_back({target, 0});
            }
        }
    }
    return findings;
}

Findings check_top_level(const std::vector<std::string>& names) {
    Findings findings;
    for (const std::string& name : names)
        if (!contains(kTopLevel, name) && !contains(kBesideTheProject, name))
            findings.push_back(name + ": not in the plan of the top level");
    return findings;
}

const std::vector<std::string_view>& required_at_top_level() { return kTopLevel; }

}  // namespace gw::structure
