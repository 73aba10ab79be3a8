#include "libgw/gateway/transfer.h"
#include "libgw/gateway/worker.h"
#include "libgw/policy/reasons.h"

namespace gw::gateway {

void Transfer::perform(const Step& step) {
    asked_ = step;
    switch (step.effect) {
        case Effect::fetch:
            state_ = State::fetching;
            fetch_ready_ = false;
            exchange_.fetch_began = worker_.loop().now();
            if (exchange_.attempts == 1 && !call_->limit_body(exchange_.route->max_body)) {
                exchange_.decide(gw::refuse(exchange_.kind, reason::kBodyTooLarge));
                answer();
                return;
            }
            count_waiting(true);
            call_->pause_body();  // an attempt that failed may have asked for it: nothing is read until there is room
            arm(exchange_.deadline);
            fetch_.start(worker_.client(), *exchange_.target_owner, exchange_.request->method,
                         std::exchange(exchange_.fresh, false), exchange_.request->upgrade_websocket);
            break;
        case Effect::wait:
            state_ = State::waiting;
            arm(worker_.loop().now() + step.wait);
            break;
    }
}

}  // namespace gw::gateway
