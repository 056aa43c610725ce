#include "common/gnuplot.hpp"

#include "common/atomic_file.hpp"
#include "common/figure_check.hpp"
#include "common/figure_script.hpp"

#include <cerrno>
#include <charconv>
#include <cmath>
#include <fcntl.h>
#include <ostream>
#include <spawn.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace examples {

namespace {

/// The shortest decimals that read back as the same number; NaN is what gnuplot takes for a gap.
std::string decimals(double value) {
    if (std::isnan(value)) return "NaN";
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, value).ptr;
    return std::string(text, end);
}

void write_data(std::ostream& stream, const figure& picture) {
    for (std::size_t number = 0; number < picture.series.size(); ++number) {
        const auto& series = picture.series[number];
        const bool spread = !series.low.empty();
        if (number > 0) stream << "\n\n";
        stream << "# " << on_one_line(series.name) << "\n# x\ty" << (spread ? "\tlow\thigh\n" : "\n");
        for (std::size_t row = 0; row < points_of(series); ++row) {
            stream << decimals(series.x.empty() ? double(row) : series.x[row]) << '\t'
                   << decimals(series.y.empty() ? std::nan("") : series.y[row]);
            if (spread) stream << '\t' << decimals(series.low[row]) << '\t' << decimals(series.high[row]);
            stream << '\n';
        }
    }
}

std::filesystem::path with_ending(const std::filesystem::path& stem, const std::string& ending) {
    std::filesystem::path path = stem;
    path += ending;
    return path;
}

/// Runs `gnuplot -e <definition> <script>` in `folder`, its chatter discarded. Its exit status, or -1 where
/// there is no such program.
int run_gnuplot(const std::filesystem::path& folder, std::string definition, std::string script) {
    std::string program = "gnuplot", option = "-e";
    char* arguments[] = {program.data(), option.data(), definition.data(), script.data(), nullptr};

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, folder.empty() ? "." : folder.c_str());
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t child = 0;
    const int failure = ::posix_spawnp(&child, program.c_str(), &actions, nullptr, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failure != 0) return -1;

    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

} // namespace

plot_files write_figure(const figure& picture, const std::filesystem::path& stem) {
    check_figure(picture);
    const plot_files files{with_ending(stem, ".dat"), with_ending(stem, ".gp"), with_ending(stem, ".svg"),
                           with_ending(stem, ".png")};
    write_file_atomically(files.data, [&](std::ostream& stream) { write_data(stream, picture); });
    write_file_atomically(files.script,
                          [&](std::ostream& stream) { write_script(stream, picture, stem.filename()); });

    const std::string suffix = ".partial-" + std::to_string(::getpid());
    const int status = run_gnuplot(stem.parent_path(), "suffix='" + suffix + "'", files.script.filename());
    if (status == -1) {
        throw std::runtime_error("gnuplot is not installed, so '" + files.data.string() +
                                 "' is not drawn: apt-get install gnuplot-nox, then run gnuplot on '" +
                                 files.script.string() + "'");
    }
    for (const auto& [ending, target] : {std::pair{".svg", files.svg}, std::pair{".png", files.png}}) {
        const auto partial = with_ending(stem, suffix + ending);
        std::error_code failure;
        if (status == 0) std::filesystem::rename(partial, target, failure);
        if (status != 0 || failure) {
            std::filesystem::remove(partial, failure);
            throw std::runtime_error("gnuplot could not draw '" + target.string() + "': run gnuplot on '" +
                                     files.script.string() + "' to see why");
        }
    }
    return files;
}

} // namespace examples
