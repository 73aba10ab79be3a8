// gw_cli_case CASE PROGRAMS: runs one case with the programs of a folder; 0 as it must be, 1 not, 2 no such case.

#include <cstdio>
#include <exception>

#include "tests/cli/case.h"

int main(int argc, char** argv) {
    try {
        if (argc != 3 || !std::filesystem::exists(std::filesystem::path(argv[1]) / "cmd")) {
            std::fputs("usage: gw_cli_case CASE PROGRAMS (CASE is a directory with a file cmd)\n", stderr);
            return 2;
        }
        const std::string report = gw::cli::run_case(argv[1], argv[2]);
        std::fputs(report.c_str(), stdout);
        return report.empty() ? 0 : 1;
    } catch (const std::exception& problem) {
        std::fprintf(stderr, "gw_cli_case: error: %s\n", problem.what());
        return 2;
    }
}
