#include "apps/support/progress.h"

#include <ostream>

#include "libgw/term/progress.h"

namespace gw::program {

ProgressBar::ProgressBar(World& world) : world_(world), began_(Clock::now()), next_(began_ + std::chrono::seconds(1)) {}

ProgressBar::~ProgressBar() { clear(); }

void ProgressBar::show(std::optional<double> share, const std::function<std::string(double seconds)>& text) {
    if (!world_.err_is_terminal) return;
    const Clock::time_point now = Clock::now();
    if (now < next_) return;
    next_ = now + std::chrono::milliseconds(100);
    shown_ = true;
    const std::string told = text(std::chrono::duration<double>(now - began_).count());
    *world_.err << term::kClearLine << term::progress_line(share, told, world_.width) << std::flush;
}

void ProgressBar::clear() {
    if (shown_) *world_.err << term::kClearLine << std::flush;
    shown_ = false;
}

}  // namespace gw::program
