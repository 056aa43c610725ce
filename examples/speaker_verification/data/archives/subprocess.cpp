#include "speaker_verification/data/archives/subprocess.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/end_with_parent.hpp"

namespace speaker_verification {
namespace {

constexpr int no_such_program = 127;

/// In the child, between fork and exec: only what is safe there.
[[noreturn]] void become(char* const* arguments, const char* folder, int output, pid_t parent) {
    examples::end_with_parent(parent);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    if (chdir(folder) == 0) execvp(arguments[0], arguments);
    _exit(no_such_program);
}

constexpr int milliseconds_between_questions = 200;

/// Whether there is something to read, or an end, before the time is up.
bool is_readable(int descriptor) {
    pollfd asked{descriptor, POLLIN, 0};
    return poll(&asked, 1, milliseconds_between_questions) > 0;
}

std::string read_to_end(int descriptor, pid_t child, const std::function<bool()>& keep_going) {
    std::string text;
    std::array<char, 4096> block;
    bool stopped = !keep_going;
    for (;;) {
        if (!stopped && !keep_going()) {
            kill(child, SIGTERM);
            stopped = true;
        }
        if (!stopped && !is_readable(descriptor)) continue;
        const ssize_t count = read(descriptor, block.data(), block.size());
        if (count > 0)
            text.append(block.data(), static_cast<std::size_t>(count));
        else if (count == 0 || errno != EINTR)
            return text;
    }
}

int wait_for(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

} // namespace

process_result run_program(const std::vector<std::string>& command, const std::filesystem::path& folder,
                           const std::function<bool()>& keep_going) {
    std::vector<std::string> words{"env", "LC_ALL=C"};
    words.insert(words.end(), command.begin(), command.end());
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);

    std::array<int, 2> ends;
    // A program started meanwhile by another thread must not hold this one's output open.
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe to run " + command.front());
    const pid_t parent = getpid(), child = fork();
    if (child == 0) become(arguments.data(), folder.c_str(), ends[1], parent);
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        throw std::runtime_error("cannot start " + command.front() + ": no process could be made");
    }
    process_result result;
    result.output = read_to_end(ends[0], child, keep_going);
    close(ends[0]);
    result.status = wait_for(child);
    return result;
}

} // namespace speaker_verification
