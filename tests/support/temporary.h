#pragma once
// A directory that lives as long as a test.

#include <filesystem>
#include <string>
#include <string_view>

namespace gw::test {

/// A fresh empty directory below $TMPDIR or /tmp, removed with all it holds at the end of the scope.
/// Its path is short, so that a unix socket inside it fits into 108 bytes. Throws std::runtime_error when it cannot be
/// made.
class TemporaryDirectory {
  public:
    TemporaryDirectory();
    ~TemporaryDirectory();
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    /// The path of `name` inside, which need not exist.
    [[nodiscard]] std::string file(std::string_view name) const { return (path_ / name).string(); }
    /// Writes `text` to `name`, making the folders on the way, and returns the file's path.
    [[nodiscard]] std::string write(std::string_view name, std::string_view text) const;
    /// What the file `name` holds; throws std::runtime_error when there is none.
    [[nodiscard]] std::string read(std::string_view name) const;

  private:
    std::filesystem::path path_;
};

/// The bytes of a file. Throws std::runtime_error, which names the file, when it cannot be read.
std::string read_file(const std::filesystem::path& path);
/// Makes the file hold `text` and nothing else, making the folders on the way. Throws std::runtime_error.
void write_file(const std::filesystem::path& path, std::string_view text);

}  // namespace gw::test
