#include "libgw/wire/resp/resp.h"

#include <fmt/format.h>
#include <hiredis/read.h>

namespace gw::resp {
namespace {

/// Where a reply, or an item of one, is put. Null: hiredis gives up.
Reply* place_of(const redisReadTask* task) {
    if (task->parent == nullptr) return new Reply;
    auto& items = static_cast<Reply*>(task->parent->obj)->items;
    const auto index = static_cast<std::size_t>(task->idx);
    return index < items.size() ? &items[index] : nullptr;
}

/// Nothing is thrown through a library of C.
template <class Fill>
void* make(const redisReadTask* task, Fill fill) noexcept try {
    std::unique_ptr<Reply> root;
    Reply* reply = place_of(task);
    if (reply == nullptr) return nullptr;
    if (task->parent == nullptr) root.reset(reply);
    if (!fill(*reply)) return nullptr;
    static_cast<void>(root.release());
    return reply;
} catch (...) {
    return nullptr;
}

void* make_text(const redisReadTask* task, char* text, std::size_t length) {
    return make(task, [&](Reply& reply) {
        reply.kind = task->type == REDIS_REPLY_ERROR    ? Reply::Kind::error
                     : task->type == REDIS_REPLY_STATUS ? Reply::Kind::status
                                                        : Reply::Kind::text;
        reply.text.assign(text, length);
        return true;
    });
}

/// The count is an int in hiredis 0.14 and a size_t since.
template <class Count>
void* make_array(const redisReadTask* task, Count count) {
    return make(task, [&](Reply& reply) {
        if (static_cast<std::size_t>(count) > Decoder::kMostItems) return false;
        reply.kind = Reply::Kind::array;
        reply.items.resize(static_cast<std::size_t>(count));
        return true;
    });
}

void* make_integer(const redisReadTask* task, long long number) {
    return make(task, [&](Reply& reply) {
        reply.kind = Reply::Kind::integer;
        reply.integer = number;
        return true;
    });
}

void* make_nil(const redisReadTask* task) {
    return make(task, [](Reply&) { return true; });
}

void drop(void* reply) { delete static_cast<Reply*>(reply); }

redisReplyObjectFunctions functions() {
    redisReplyObjectFunctions all{};
    all.createString = make_text;
    all.createArray = make_array;
    all.createInteger = make_integer;
    all.createNil = make_nil;
    all.freeObject = drop;
    return all;
}

}  // namespace

struct Decoder::Reader {
    redisReplyObjectFunctions made_by = functions();
    std::unique_ptr<redisReader, void (*)(redisReader*)> reader{redisReaderCreateWithFunctions(&made_by),
                                                                redisReaderFree};
    std::size_t since = 0;  ///< bytes since the last reply
    bool too_large = false;
};

Decoder::Decoder() : reader_(std::make_unique<Reader>()) {
    if (reader_->reader == nullptr) throw std::bad_alloc();
}
Decoder::~Decoder() = default;

void Decoder::feed(std::string_view bytes) {
    if (reader_->too_large) return;
    redisReaderFeed(reader_->reader.get(), bytes.data(), bytes.size());
    reader_->since += bytes.size();
}

Result<std::optional<Reply>> Decoder::next() {
    void* made = nullptr;
    const bool good = !reader_->too_large && redisReaderGetReply(reader_->reader.get(), &made) == REDIS_OK;
    const std::unique_ptr<Reply> reply(static_cast<Reply*>(made));
    if (!good && (reader_->too_large || reader_->reader->err == REDIS_ERR_OOM))
        return Error{Errc::limit, "a reply is too large", {}, {}};
    if (!good)
        return Error{Errc::parse, fmt::format("this is not what Redis speaks: {}", reader_->reader->errstr), {}, {}};
    if (reply != nullptr) {
        reader_->since = 0;
        return std::optional<Reply>(std::move(*reply));
    }
    if (reader_->since > kMostBytes) {
        reader_->too_large = true;
        return Error{Errc::limit, "a reply is too large", {}, {}};
    }
    return std::optional<Reply>();
}

void append_command(std::string& into, std::span<const std::string_view> parts) {
    fmt::format_to(std::back_inserter(into), "*{}\r\n", parts.size());
    for (const std::string_view part : parts)
        fmt::format_to(std::back_inserter(into), "${}\r\n{}\r\n", part.size(), part);
}

}  // namespace gw::resp
