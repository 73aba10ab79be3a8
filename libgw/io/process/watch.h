#pragma once

#include "libgw/base/result.h"

namespace gw::process {

/// A process of somebody else's, watched for its end. It is the one that had the number when the watch began, whoever
/// gets the number later.
class Watch {
  public:
    /// Errc::not_found when there is no such process, or it is not to be seen from here.
    static Result<Watch> begin(int pid);
    Watch(Watch&& other) noexcept;
    Watch& operator=(Watch&&) = delete;
    ~Watch();

    /// Returns when it has ended.
    [[nodiscard]] Result<void> wait() const;

  private:
    explicit Watch(int pidfd) : pidfd_(pidfd) {}
    int pidfd_;
};

}  // namespace gw::process
