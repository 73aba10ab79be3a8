#pragma once
// A file of quotas, which is one process's alone. SQLite stays behind this wall.

#include <map>
#include <memory>
#include <string>

#include "libgw/base/clock.h"
#include "libgw/base/result.h"
#include "libgw/policy/throttle/block.h"

namespace gw::store {

class QuotaFile {
  public:
    using Entries = std::map<std::string, throttle::Reserved>;

    /// Opens the file, or makes it. It is this process's until it is closed, however the process ends. Errc::busy:
    /// another has it; Errc::io: it cannot be read or written, or is no file of ours.
    static Result<std::unique_ptr<QuotaFile>> open(const std::string& path);
    ~QuotaFile();
    QuotaFile(const QuotaFile&) = delete;
    QuotaFile& operator=(const QuotaFile&) = delete;

    /// All of it, less what nobody has touched for a hundred days. Errc::io.
    Result<Entries> load(Date date);
    /// All of these or none: on the disk when this returns. Errc::io: none is.
    Result<void> save(const Entries& entries, Date date);

  private:
    struct Database;
    explicit QuotaFile(std::unique_ptr<Database> database);
    std::unique_ptr<Database> database_;
};

}  // namespace gw::store
