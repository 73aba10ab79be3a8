#include "apps/gw-wscat/prompt.h"

#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cwchar>
#include <filesystem>
#include <mutex>
#include <thread>

#include <fcntl.h>
#include <histedit.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gw::wscat {
namespace {

constexpr int kMostLines = 1000;

std::string history_file(const program::World& world) {
    std::string folder = world.environment("XDG_STATE_HOME").value_or("");
    if (!folder.starts_with('/')) {
        folder = world.environment("HOME").value_or("");
        if (folder.empty()) return {};
        folder += "/.local/state";
    }
    return folder + "/gw/wscat_history";
}

}  // namespace

/// The editor belongs to its thread, but for the moments in which that waits for a key without the lock.
struct Prompt::State {
    EditLine* editor = nullptr;
    History* history = nullptr;
    std::string prompt;
    std::string file;
    std::function<void(std::string)> typed;
    std::function<void()> ended;
    std::recursive_mutex mutex;
    std::thread thread;
    int stop[2] = {-1, -1};
    bool editing = false;
    std::mbstate_t shift{};

    static char* prompt_of(EditLine* editor) {
        void* self = nullptr;
        el_get(editor, EL_CLIENTDATA, &self);
        return static_cast<State*>(self)->prompt.data();
    }
    static int read_key(EditLine* editor, wchar_t* key) {
        void* self = nullptr;
        el_get(editor, EL_CLIENTDATA, &self);
        return static_cast<State*>(self)->wait_for_key(key);
    }

    int wait_for_key(wchar_t* key) {
        while (true) {
            pollfd waits[2] = {{STDIN_FILENO, POLLIN, 0}, {stop[0], 0, 0}};
            mutex.unlock();
            const int ready = ::poll(waits, 2, -1);
            mutex.lock();
            if (ready < 0 && errno == EINTR) continue;
            if (waits[1].revents != 0) return 0;
            char byte = 0;
            const ssize_t got = ::read(STDIN_FILENO, &byte, 1);
            if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
            if (got <= 0) return 0;
            const std::size_t size = std::mbrtowc(key, &byte, 1, &shift);
            if (size == static_cast<std::size_t>(-2)) continue;  // a character of several bytes
            if (size == static_cast<std::size_t>(-1)) {
                shift = {};
                continue;
            }
            return 1;
        }
    }

    void edit() {
        mutex.lock();
        while (true) {
            int size = 0;
            editing = true;
            const char* const line = el_gets(editor, &size);
            editing = false;
            if (line == nullptr || size <= 0) break;
            std::string text(line, static_cast<std::size_t>(size));
            while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
            if (history != nullptr && !text.empty()) {
                HistEvent event;
                ::history(history, &event, H_ENTER, text.c_str());
            }
            if (!text.empty()) typed(std::move(text));
        }
        mutex.unlock();
        ended();
    }

    void open_history() {
        history = history_init();
        if (history == nullptr) return;
        HistEvent event;
        ::history(history, &event, H_SETSIZE, kMostLines);
        ::history(history, &event, H_SETUNIQUE, 1);
        el_set(editor, EL_HIST, ::history, history);
        if (!file.empty()) ::history(history, &event, H_LOAD, file.c_str());
    }

    /// Others may not read what was typed: tokens are typed too.
    void save_history() const {
        std::error_code failed;
        std::filesystem::create_directories(std::filesystem::path(file).parent_path(), failed);
        const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0) return;
        ::fchmod(fd, 0600);
        ::close(fd);
        HistEvent event;
        ::history(history, &event, H_SAVE, file.c_str());
    }
};

Prompt::Prompt() : state_(std::make_unique<State>()) {}

Result<std::unique_ptr<Prompt>> Prompt::open(program::World& world, bool no_history, const term::Style& style,
                                             std::function<void(std::string)> typed, std::function<void()> ended) {
    std::unique_ptr<Prompt> prompt(new Prompt());
    State& state = *prompt->state_;
    if (::pipe2(state.stop, O_CLOEXEC) != 0) return from_errno(Errc::io, "opening a pipe", errno);
    std::setlocale(LC_CTYPE, "");
    state.prompt = style.colour() ? "\1\033[32m\1> \1\033[0m\1" : "> ";
    state.typed = std::move(typed);
    state.ended = std::move(ended);
    state.editor = el_init(world.name.c_str(), stdin, stdout, stderr);
    if (state.editor == nullptr) return Error{Errc::io, "lines cannot be edited on this terminal", {}, {}};
    el_set(state.editor, EL_CLIENTDATA, &state);
    el_set(state.editor, EL_PROMPT_ESC, &State::prompt_of, '\1');
    el_set(state.editor, EL_EDITOR, "emacs");
    el_set(state.editor, EL_GETCFN, &State::read_key);
    el_set(state.editor, EL_SIGNAL, 0);
    if (!no_history) {
        state.file = history_file(world);
        state.open_history();
    }
    state.thread = std::thread([&state] { state.edit(); });
    return prompt;
}

Prompt::~Prompt() {
    State& state = *state_;
    if (state.stop[1] >= 0) ::close(state.stop[1]);
    if (state.thread.joinable()) state.thread.join();
    if (state.stop[0] >= 0) ::close(state.stop[0]);
    if (state.history != nullptr) {
        if (!state.file.empty()) state.save_history();
        history_end(state.history);
    }
    if (state.editor != nullptr) {
        el_end(state.editor);
        std::fputs("\n", stdout);
        std::fflush(stdout);
    }
}

void Prompt::print(const std::string& line) {
    const std::lock_guard lock(state_->mutex);
    std::fputs("\r\033[K", stdout);
    std::fwrite(line.data(), 1, line.size(), stdout);
    std::fputs("\n", stdout);
    std::fflush(stdout);
    if (state_->editing) el_set(state_->editor, EL_REFRESH);
}

}  // namespace gw::wscat
