#include "tests/structure/binary.h"

#include <algorithm>
#include <array>
#include <sstream>
#include <string>

namespace gw::structure {
namespace {

/// File names of libraries up to ".so". The last group is what the libraries of newer systems bring along.
constexpr std::array<std::string_view, 24> kLibraries = {
    "linux-vdso", "ld-linux-x86-64", "ld-linux-aarch64", "libc",     "libm",   "libgcc_s",  "libstdc++", "libpthread",
    "libcrypto",  "libssl",          "libcares",         "libfmt",   "libre2", "libyaml-0", "libz",      "libpugixml",
    "libsqlite3", "libhiredis",      "libedit",          "libtinfo", "libbsd", "libmd",     "libabsl",   "libzstd"};

bool is_known(std::string_view library) {
    const std::string_view name = library.substr(0, library.find(".so"));
    return std::any_of(kLibraries.begin(), kLibraries.end(), [&](std::string_view known) {
        return name == known || (known == "libabsl" && name.starts_with("libabsl_"));
    });
}

}  // namespace

Findings check_hardening(std::string_view readelf, bool fortified) {
    Findings findings;
    const auto has = [&](std::string_view text) { return readelf.find(text) != std::string_view::npos; };
    if (!has("DYN (Position-Independent Executable file)"))
        findings.emplace_back("not a position independent executable");
    if (!has("GNU_RELRO")) findings.emplace_back("no RELRO");
    if (!has("BIND_NOW") && !has("Flags: NOW")) findings.emplace_back("symbols are bound lazily (no BIND_NOW)");
    if (!has("__stack_chk_fail")) findings.emplace_back("no stack protector");
    if (fortified && !has("_chk@")) findings.emplace_back("no fortified function");
    if (has("(RPATH)") || has("(RUNPATH)")) findings.emplace_back("a search path for libraries");
    if (has("(TEXTREL)")) findings.emplace_back("relocations in the code");

    bool stack_is_marked = false;
    std::istringstream lines{std::string(readelf)};
    for (std::string line; std::getline(lines, line);) {
        const bool is_stack = line.find("GNU_STACK") != std::string::npos;
        if (!is_stack && line.find(" LOAD ") == std::string::npos) continue;
        stack_is_marked = stack_is_marked || is_stack;
        if (is_stack && line.find("RWE") != std::string::npos) findings.emplace_back("the stack is executable");
        if (!is_stack && line.find("RWE") != std::string::npos)
            findings.emplace_back("a segment is writable and executable");
    }
    if (!stack_is_marked) findings.emplace_back("no GNU_STACK header");
    return findings;
}

Findings check_libraries(std::string_view ldd) {
    Findings findings;
    std::istringstream lines{std::string(ldd)};
    for (std::string line; std::getline(lines, line);) {
        const std::size_t start = line.find_first_not_of(" \t");
        if (start == std::string::npos) continue;
        std::string library = line.substr(start, line.find(' ', start) - start);
        library.erase(0, library.rfind('/') == std::string::npos ? 0 : library.rfind('/') + 1);
        if (!is_known(library)) findings.push_back("linked to " + library + ", which is not on the list");
        if (line.find("not found") != std::string::npos) findings.push_back(library + " is not found");
    }
    return findings;
}

}  // namespace gw::structure
