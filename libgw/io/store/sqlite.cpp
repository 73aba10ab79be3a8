#include "libgw/io/store/sqlite.h"

#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

namespace gw::store {
namespace {

/// Says whose file it is (PRAGMA application_id): "gwQT".
constexpr int kApplication = 0x67775154;
constexpr std::chrono::days kKept{100};

/// A prepared statement.
class Statement {
  public:
    Statement(sqlite3* database, const char* text) { sqlite3_prepare_v2(database, text, -1, &statement_, nullptr); }
    ~Statement() { sqlite3_finalize(statement_); }
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    explicit operator bool() const { return statement_ != nullptr; }
    void bind(int at, std::string_view text) {
        sqlite3_bind_text(statement_, at, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
    }
    void bind(int at, std::uint64_t number) { sqlite3_bind_int64(statement_, at, static_cast<std::int64_t>(number)); }
    int step() { return sqlite3_step(statement_); }
    void reset() { sqlite3_reset(statement_); }
    [[nodiscard]] std::uint64_t number(int column) const {
        const std::int64_t value = sqlite3_column_int64(statement_, column);
        return value < 0 ? 0 : static_cast<std::uint64_t>(value);
    }
    [[nodiscard]] std::string text(int column) const {
        const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
        return bytes == nullptr
                   ? std::string()
                   : std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
    }

  private:
    sqlite3_stmt* statement_ = nullptr;
};

}  // namespace

struct QuotaFile::Database {
    sqlite3* handle = nullptr;
    std::string path;

    ~Database() { sqlite3_close(handle); }
    [[nodiscard]] Error error(std::string_view what) const {
        switch (sqlite3_errcode(handle)) {
            case SQLITE_BUSY:
            case SQLITE_LOCKED:
                return Error{Errc::busy,
                             fmt::format("{} is in use by another process", path),
                             "a file of counts is one gateway's; several share limits in redis://HOST",
                             {}};
            case SQLITE_FULL: return Error{Errc::io, fmt::format("{} {}: no space is left", what, path), {}, {}};
            case SQLITE_READONLY:
                return Error{Errc::io, fmt::format("{} cannot be written", path), "see who owns it and its folder", {}};
            case SQLITE_CANTOPEN:
                return Error{Errc::io,
                             fmt::format("{} cannot be opened", path),
                             "see whether its folder is there, and may be written",
                             {}};
            case SQLITE_NOTADB: return Error{Errc::io, fmt::format("{} is no file of counts", path), {}, {}};
            default: return Error{Errc::io, fmt::format("{} {}: {}", what, path, sqlite3_errmsg(handle)), {}, {}};
        }
    }
    Result<void> run(const char* text, std::string_view what) const {
        if (sqlite3_exec(handle, text, nullptr, nullptr, nullptr) != SQLITE_OK) return error(what);
        return ok();
    }
    Result<std::uint64_t> number(const char* text) const {
        Statement statement(handle, text);
        if (!statement || statement.step() != SQLITE_ROW) return error("reading");
        return statement.number(0);
    }
};

QuotaFile::QuotaFile(std::unique_ptr<Database> database) : database_(std::move(database)) {}
QuotaFile::~QuotaFile() = default;

Result<std::unique_ptr<QuotaFile>> QuotaFile::open(const std::string& path) {
    auto database = std::make_unique<Database>();
    database->path = path;
    constexpr int kHow = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path.c_str(), &database->handle, kHow, nullptr) != SQLITE_OK) return database->error("opening");
    // what may not be written is opened for reading, without a word
    if (sqlite3_db_readonly(database->handle, "main") == 1)
        return Error{Errc::io, fmt::format("{} cannot be written", path), "see who owns it and its folder", {}};
    TRY(database->run("PRAGMA locking_mode = EXCLUSIVE", "locking"));
    // the lock is taken by the first who writes, and kept
    TRY(database->run("BEGIN EXCLUSIVE; COMMIT", "locking"));
    const std::uint64_t application = TRY(database->number("PRAGMA application_id"));
    const std::uint64_t tables = TRY(database->number("SELECT count(*) FROM sqlite_master"));
    if (application != kApplication && (application != 0 || tables != 0))
        return Error{Errc::io, fmt::format("{} is a database of something else", path), {}, {}};
    TRY(database->run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL", "opening"));
    TRY(database->run(fmt::format("BEGIN IMMEDIATE; PRAGMA application_id = {};"
                                  "CREATE TABLE IF NOT EXISTS quota (name TEXT PRIMARY KEY, first INTEGER NOT NULL,"
                                  " current INTEGER NOT NULL, used INTEGER NOT NULL, touched INTEGER NOT NULL)"
                                  " WITHOUT ROWID; COMMIT",
                                  kApplication)
                          .c_str(),
                      "writing"));
    return std::unique_ptr<QuotaFile>(new QuotaFile(std::move(database)));
}

Result<QuotaFile::Entries> QuotaFile::load(Date date) {
    const auto old = static_cast<std::uint64_t>(std::max<std::int64_t>(0, to_unix_seconds(date - kKept)));
    Statement forget(database_->handle, "DELETE FROM quota WHERE touched < ?1");
    if (!forget) return database_->error("writing");
    forget.bind(1, old);
    if (forget.step() != SQLITE_DONE) return database_->error("writing");
    Statement statement(database_->handle, "SELECT name, first, current, used FROM quota");
    if (!statement) return database_->error("reading");
    Entries entries;
    int got = SQLITE_DONE;
    while ((got = statement.step()) == SQLITE_ROW)
        entries[statement.text(0)] = {static_cast<std::uint32_t>(statement.number(1)),
                                      static_cast<std::uint32_t>(statement.number(2)), statement.number(3)};
    if (got != SQLITE_DONE) return database_->error("reading");
    return entries;
}

Result<void> QuotaFile::save(const Entries& entries, Date date) {
    const auto undo = [this](Error error) {
        sqlite3_exec(database_->handle, "ROLLBACK", nullptr, nullptr, nullptr);
        return error;
    };
    TRY(database_->run("BEGIN IMMEDIATE", "writing"));
    {
        Statement put(database_->handle,
                      "INSERT INTO quota (name, first, current, used, touched) VALUES (?1, ?2, ?3, ?4, ?5)"
                      " ON CONFLICT (name) DO UPDATE SET first = ?2, current = ?3, used = ?4, touched = ?5");
        if (!put) return undo(database_->error("writing"));
        for (const auto& [name, entry] : entries) {
            put.bind(1, name);
            put.bind(2, std::uint64_t{entry.first});
            put.bind(3, std::uint64_t{entry.current});
            put.bind(4, entry.used);
            put.bind(5, static_cast<std::uint64_t>(std::max<std::int64_t>(0, to_unix_seconds(date))));
            if (put.step() != SQLITE_DONE) return undo(database_->error("writing"));
            put.reset();
        }
    }
    if (auto done = database_->run("COMMIT", "writing"); !done) return undo(std::move(done).error());
    return ok();
}

}  // namespace gw::store
