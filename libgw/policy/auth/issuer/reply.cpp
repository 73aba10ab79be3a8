#include "libgw/policy/auth/issuer/reply.h"

#include <string>

#include "libgw/base/json.h"

namespace gw::issuer {

Answer reply(int status, const Value& body) {
    Answer answer;
    answer.status = status;
    answer.fields = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}, {"Pragma", "no-cache"}};
    answer.body = to_json(body) + "\n";
    if (const std::string* error = body.find_string("error")) answer.note = *error;
    return answer;
}

Answer refuse(int status, std::string_view error, std::string_view description) {
    std::string text(description);
    for (char& c : text) {
        if (c == '"' || c == '\\') c = '\'';
        if (c < ' ' || c > '~') c = '?';
    }
    Answer answer = reply(status, Object{{"error", error}, {"error_description", text}});
    answer.note += ": " + text;
    return answer;
}

}  // namespace gw::issuer
