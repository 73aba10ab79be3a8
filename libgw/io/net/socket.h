#pragma once
// Reading and writing the socket of an edge-triggered Watch, telling it what was found.

#include <span>

#include <sys/types.h>
#include <sys/uio.h>

#include "libgw/io/net/loop.h"

namespace gw::net {

/// At least one byte, 0 at the peer's end, or a negative errno; never -EINTR.
ssize_t receive(Watch& watch, std::span<char> into, int flags = 0);
/// Bytes taken, or a negative errno. ENOBUFS counts as -EAGAIN: the kernel will have room again.
ssize_t transmit(Watch& watch, std::span<const iovec> parts);

}  // namespace gw::net
