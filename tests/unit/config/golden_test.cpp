// tests/vectors/config: one directory a case. `input.yaml` or `input.json` is read and checked; `expected.txt` is what
// is then told (absent: nothing), `canonical.yaml` what --print-config would say (absent: there were errors). Other
// files are there to be read. What begins with SENTINEL stands for a secret and is never told. With GW_UPDATE_VECTORS
// set, both are written anew, for a person to compare.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "libgw/config/check.h"
#include "libgw/config/document.h"
#include "tests/support/catch.h"
#include "tests/support/map_sources.h"
#include "tests/support/place.h"

using namespace gw;
using namespace gw::config;
namespace fs = std::filesystem;

namespace {

const fs::path kFolder = test::source_root() / "tests/vectors/config";

std::string read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void write_file(const fs::path& path, const std::string& text) {
    if (text.empty()) {
        fs::remove(path);
        return;
    }
    std::ofstream(path, std::ios::binary) << text;
}

}  // namespace

TEST_CASE("config golden: every case of tests/vectors/config tells what it should") {
    std::size_t errors = 0;
    std::size_t good = 0;
    for (const auto& entry : fs::directory_iterator(kFolder)) {
        INFO(entry.path().filename().string());
        const bool json = fs::exists(entry.path() / "input.json");
        test::MapSources sources;
        for (const auto& file : fs::directory_iterator(entry.path())) {
            sources.files[file.path().filename().string()] = read_file(file.path());
        }
        const std::string name = json ? "input.json" : "input.yaml";
        Diagnostics diagnostics;
        Places places;
        const Model model = load_document(name, sources, diagnostics, &places);
        check(model, diagnostics, places);
        diagnostics.sort();
        const std::string told = diagnostics.render();
        const std::string canonical = diagnostics.has_errors() ? "" : write_document(model);
        if (std::getenv("GW_UPDATE_VECTORS")) {
            write_file(entry.path() / "expected.txt", told);
            write_file(entry.path() / "canonical.yaml", canonical);
        }
        CHECK(told.find("SENTINEL") == std::string::npos);
        CHECK(canonical.find("SENTINEL") == std::string::npos);
        CHECK(told == read_file(entry.path() / "expected.txt"));
        CHECK(canonical == read_file(entry.path() / "canonical.yaml"));
        (diagnostics.has_errors() ? errors : good)++;
        if (diagnostics.has_errors()) continue;

        Diagnostics again;
        const Model read_back = read_document(canonical, "canonical.yaml", sources, again);
        CHECK_FALSE(again.has_errors());
        CHECK(read_back == model);
        CHECK(write_document(read_back) == canonical);
    }
    CHECK(errors >= 60);
    CHECK(good >= 6);
}
