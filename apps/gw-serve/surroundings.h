#pragma once
// What a configuration takes for granted of the machine it runs on: files that it names, folders that it writes to.

#include <string>

#include "libgw/base/diagnostic.h"
#include "libgw/base/result.h"
#include "libgw/config/model.h"
#include "libgw/config/reader.h"
#include "libgw/config/sources.h"

namespace gw::serve {

/// Tells which certificates, keys and authorities cannot be read. What is wrong inside them shows when they are used.
void check_files(const config::Model& model, const config::Sources& sources, Diagnostics& diagnostics,
                 const config::Places& places);

/// Tells what would keep a gateway with this configuration from starting here: a secret that is not there, a log or a
/// unix socket where nothing can be made. Opens and makes nothing.
void check_surroundings(const config::Model& model, const config::Sources& sources, Diagnostics& diagnostics,
                        const config::Places& places);

/// The file of --ready-file: one line, the URL.
class ReadyFile {
  public:
    ReadyFile() = default;
    ReadyFile(const ReadyFile&) = delete;
    ReadyFile& operator=(const ReadyFile&) = delete;
    /// Removes what was written, if it is still what was written.
    ~ReadyFile();
    /// Whether `file` may be written over: nothing is there, or a regular file that is empty or that a gateway wrote.
    /// Errc::io: it is somebody's.
    static Result<void> may_write(const std::string& file);
    /// Requires: nothing was written yet.
    Result<void> write(const std::string& file, const std::string& url);

  private:
    std::string file_;
    std::string line_;
};

}  // namespace gw::serve
