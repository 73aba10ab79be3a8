#pragma once
// Servers of other hands that a test starts with a configuration of its own: nginx, Caddy, Express.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/temporary.h"

namespace gw::test {

/// Whether a program can be started by this name.
bool has_program(std::string_view name);

/// A server that listens on 127.0.0.1, gone with the scope. Throws std::runtime_error with its words when it does not
/// come up.
class Neighbour {
  public:
    /// An nginx with one server; `location`: what stands in its location / { }. `more`: further locations.
    static Neighbour nginx(std::string_view location, std::string_view more = {});
    /// A Caddy with one site; `site`: what stands in its block.
    static Neighbour caddy(std::string_view site);
    /// cors/express.mjs with this text in front. Requires: has_browser_driver().
    static Neighbour express(std::string_view text);
    /// cors/proxy.mjs. Requires: node.
    static Neighbour proxy();

    /// "http://127.0.0.1:PORT"
    [[nodiscard]] const std::string& url() const { return url_; }
    [[nodiscard]] std::string output() const { return process_->output(); }

  private:
    Neighbour() : directory_(std::make_unique<TemporaryDirectory>()) {}
    static Neighbour on_free_port(const std::string& file, const std::vector<std::string>& arguments,
                                  std::string_view configuration);
    std::unique_ptr<TemporaryDirectory> directory_;
    std::unique_ptr<Process> process_;
    std::string url_;
};

}  // namespace gw::test
