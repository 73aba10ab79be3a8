#include <csignal>

#define CATCH_CONFIG_MAIN
#if __has_include(<catch2/catch.hpp>)
#include <catch2/catch.hpp>
#else
#include <catch2/catch_session.hpp>
int main(int argc, char** argv) { return Catch::Session().run(argc, argv); }
#endif

namespace {

// A peer that has gone is an error of the write and not the end of the tests. Programs that are started get the
// default back.
[[maybe_unused]] const auto kIgnored = std::signal(SIGPIPE, SIG_IGN);

}  // namespace
