#pragma once
// Asio, behind the wall: only files of io/net and io/process include this.

#include <atomic>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include "libgw/io/net/loop.h"

namespace gw::net {

/// Asio waits, keeps the alarm and carries signals. The readiness of connections reaches it through one descriptor: an
/// epoll set of the loop's own, in which each descriptor is registered once, edge-triggered. (Asio's own async_wait is
/// one epoll_ctl for every wait, two for every proxied request, which measured 8 % of a request's cost.)
struct Loop::Impl {
    using Context = boost::asio::io_context;
    using Alarm =
        boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                          boost::asio::wait_traits<std::chrono::steady_clock>, Context::executor_type>;
    using Descriptor = boost::asio::posix::basic_stream_descriptor<Context::executor_type>;

    explicit Impl(Loop& loop_in);
    void await_events();
    void on_events();
    void bury();

    Loop& loop;
    // One thread only, so no locks at all: other threads come through the mailbox's eventfd.
    Context context{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE};
    Alarm alarm{context};
    Descriptor set{context};
    Watch::Impl* dead = nullptr;  // a list, freed when no event of this batch can name them any more
    bool in_batch = false;
    bool listening = false;                   // Asio will tell of the next events
    std::atomic<std::int64_t> busy_since{0};  // nanoseconds on the monotonic clock; 0 while it waits
};

}  // namespace gw::net
