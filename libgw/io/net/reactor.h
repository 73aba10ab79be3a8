#pragma once
// Asio, behind the wall: only files of io/net and io/process include this.

#include <atomic>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>

#include "libgw/io/net/loop.h"

namespace gw::net {

struct Loop::Impl {
    // One thread only, so no locks at all: other threads come through the mailbox's eventfd.
    boost::asio::io_context context{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE};
    using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                                    boost::asio::io_context::executor_type>;
    Timer alarm{context};
    std::atomic<std::int64_t> busy_since{0};  // nanoseconds on the monotonic clock; 0 while it waits
};

}  // namespace gw::net
