#pragma once
/// Programs that run while a test looks at what they write.
#include "speaker_verification/training/reports/step_log.hpp"

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <fcntl.h>
#include <filesystem>
#include <poll.h>
#include <string>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace speaker_verification::testing {

/// A program of which nothing is heard, killed with SIGKILL at the latest when this goes.
class background_program {
  public:
    explicit background_program(std::vector<std::string> command, const std::filesystem::path& folder) {
        std::vector<char*> words;
        for (auto& word : command) words.push_back(word.data());
        words.push_back(nullptr);
        child_ = ::fork();
        if (child_ != 0) return;
        const int nowhere = ::open("/dev/null", O_WRONLY);
        ::dup2(nowhere, STDOUT_FILENO);
        ::dup2(nowhere, STDERR_FILENO);
        if (::chdir(folder.c_str()) == 0) ::execv(words[0], words.data());
        ::_exit(127);
    }
    ~background_program() { kill(); }
    background_program(const background_program&) = delete;
    background_program& operator=(const background_program&) = delete;

    bool running() {
        if (child_ > 0 && ::waitpid(child_, &ended_, WNOHANG) == child_) child_ = 0;
        return child_ > 0;
    }
    pid_t pid() const { return child_; }
    /// Waits for its end. The exit status; 128 + n when signal n ended it.
    int wait() {
        while (child_ > 0 && ::waitpid(child_, &ended_, 0) < 0 && errno == EINTR) {
        }
        child_ = 0;
        return WIFSIGNALED(ended_) ? 128 + WTERMSIG(ended_) : WEXITSTATUS(ended_);
    }
    void kill() {
        if (!running()) return;
        ::kill(child_, SIGKILL);
        wait();
    }

  private:
    pid_t child_ = 0;
    int ended_ = 0;
};

/// Waits for something to be written in a folder.
class folder_watch {
  public:
    explicit folder_watch(const std::filesystem::path& folder) : descriptor_(::inotify_init1(IN_NONBLOCK)) {
        ::inotify_add_watch(descriptor_, folder.c_str(), IN_MODIFY | IN_CREATE | IN_MOVED_TO);
    }
    ~folder_watch() { ::close(descriptor_); }
    folder_watch(const folder_watch&) = delete;
    folder_watch& operator=(const folder_watch&) = delete;

    void wait() const {
        pollfd watched{descriptor_, POLLIN, 0};
        ::poll(&watched, 1, 100); // the program may end without writing
        char events[4096];
        while (::read(descriptor_, events, sizeof events) > 0) {
        }
    }

  private:
    int descriptor_;
};

/// The step of the log's last line; 0 without one.
inline std::int64_t last_step_told(const std::filesystem::path& run) {
    if (!std::filesystem::exists(run / "log.jsonl")) return 0;
    const auto lines = read_step_log(run / "log.jsonl");
    return lines.empty() ? 0 : lines.back()["step"].get<std::int64_t>();
}

} // namespace speaker_verification::testing
