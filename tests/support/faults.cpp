#include "tests/support/faults.h"

#include <filesystem>
#include <new>
#include <stdexcept>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/support/place.h"
#include "tests/support/socket.h"

namespace gw::test {
namespace {

std::string library_path() { return (build_root() / "tests" / "libgw_preload.so").string(); }

}  // namespace

bool Faults::available() { return std::filesystem::exists(library_path()); }

Faults::Faults() {
    const Descriptor file(::open(directory_.file("board").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!file || ::ftruncate(file.get(), sizeof(Board)) != 0) throw std::runtime_error("a board cannot be made");
    void* page = ::mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    if (page == MAP_FAILED) throw std::runtime_error("a board cannot be mapped");
    board_ = new (page) Board{};
}

Faults::~Faults() { ::munmap(board_, sizeof(Board)); }

std::vector<std::pair<std::string, std::string>> Faults::environment() const {
    return {{"LD_PRELOAD", library_path()}, {kBoardVariable, directory_.file("board")}};
}

}  // namespace gw::test
