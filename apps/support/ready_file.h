#pragma once

#include <string>

#include "libgw/base/result.h"

namespace gw::program {

/// The file of --ready-file: one line, the URL.
class ReadyFile {
  public:
    ReadyFile() = default;
    ReadyFile(const ReadyFile&) = delete;
    ReadyFile& operator=(const ReadyFile&) = delete;
    /// Removes what was written, if it is still what was written.
    ~ReadyFile();
    /// Whether `file` may be written over: nothing is there, or a regular file that is empty or that holds a single
    /// URL, as one of us leaves it. Errc::io: it is somebody's.
    static Result<void> may_write(const std::string& file);
    /// Requires: nothing was written yet.
    Result<void> write(const std::string& file, const std::string& url);

  private:
    std::string file_;
    std::string line_;
};

}  // namespace gw::program
