#include "libgw/wire/http/message.h"

namespace gw::http {

void RequestHead::clear() {
    method = Method::other;
    version = Version::http11;
    body = {};
    keep_alive = true;
    expect_continue = false;
    upgrade_websocket = false;
    nominates = false;
    underscores = false;
    fields.clear();
    method_size = 0;
    target_at = 0;
    target_size = 0;
    path.clear();
    authority.clear();
}

void ResponseHead::clear() {
    status = 0;
    version = Version::http11;
    body = {};
    keep_alive = true;
    nominates = false;
    fields.clear();
    reason_at = 0;
    reason_size = 0;
}

}  // namespace gw::http
