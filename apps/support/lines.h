#pragma once
// Logs as lines: streamed, unpacked.

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "apps/support/world.h"
#include "libgw/base/inflate.h"

namespace gw::program {

/// Lines of a file, of a gzip file, or of standard input ("-").
class Lines {
  public:
    /// Errc::not_found, Errc::io.
    static Result<std::unique_ptr<Lines>> open(program::World& world, const std::string& file);
    ~Lines();
    Lines(const Lines&) = delete;
    Lines& operator=(const Lines&) = delete;
    /// The next line, without its line feed; nothing at the end. Valid until it is asked again.
    Result<std::optional<std::string_view>> next();
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] std::uint64_t number() const { return number_; }
    /// How much of the file was read, 0 … 1; nothing where nobody knows.
    [[nodiscard]] std::optional<double> share() const;

  private:
    Lines(std::string name, std::istream* in) : name_(std::move(name)), in_(in) {}
    Result<bool> fill();
    std::string name_;
    int descriptor_ = -1;
    std::istream* in_ = nullptr;
    std::uint64_t size_ = 0;
    std::uint64_t read_ = 0;
    std::uint64_t number_ = 0;
    std::unique_ptr<Gunzip> gunzip_;
    std::string packed_;
    std::string text_;
    std::size_t at_ = 0;
    bool begun_ = false;
    bool ended_ = false;
};

}  // namespace gw::program
