#include "common/drawing.hpp"

#include "common/atomic_file.hpp"
#include "common/end_with_parent.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <fcntl.h>
#include <ostream>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace examples {

namespace {

std::filesystem::path with_ending(const std::filesystem::path& stem, const std::string& ending) {
    std::filesystem::path path = stem;
    path += ending;
    return path;
}

constexpr int no_such_program = 127;

/// In the child, between fork and exec: only what is safe there.
[[noreturn]] void become_gnuplot(const char* folder, char* const* arguments, pid_t parent) {
    end_with_parent(parent);
    const int nothing = ::open("/dev/null", O_WRONLY);
    ::dup2(nothing, STDOUT_FILENO);
    ::dup2(nothing, STDERR_FILENO);
    if (::chdir(folder) == 0) ::execvp(arguments[0], arguments);
    ::_exit(no_such_program);
}

/// Runs `gnuplot -e <definition> <script>` in `folder`, its chatter discarded. Its exit status, or -1 where
/// there is no such program.
int run_gnuplot(const std::filesystem::path& folder, std::string definition, std::string script) {
    std::string program = "gnuplot", option = "-e";
    char* arguments[] = {program.data(), option.data(), definition.data(), script.data(), nullptr};
    const char* where = folder.empty() ? "." : folder.c_str();

    const pid_t parent = ::getpid(), child = ::fork();
    if (child == 0) become_gnuplot(where, arguments, parent);
    if (child < 0) return 1;
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!WIFEXITED(status)) return 1;
    return WEXITSTATUS(status) == no_such_program ? -1 : WEXITSTATUS(status);
}

} // namespace

std::string on_one_line(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char letter) { return letter == '\n' || letter == '\r'; }, ' ');
    return text;
}

std::string quoted(const std::string& text) {
    std::string result = "\"";
    for (const char letter : on_one_line(text)) {
        if (letter == '"' || letter == '\\') result += '\\';
        result += letter;
    }
    return result + '"';
}

std::string title_words(const std::string& name) {
    return name.empty() ? std::string(" notitle") : " title " + quoted(name) + " noenhanced";
}

std::string decimals(double value) {
    if (std::isnan(value)) return "NaN";
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, value).ptr;
    return std::string(text, end);
}

void write_script_head(std::ostream& stream, const std::string& name) {
    stream << "# Draws " << on_one_line(name) << ".svg and " << on_one_line(name)
           << ".png: run gnuplot on this file, in its folder.\n"
           << "if (!exists(\"suffix\")) suffix = \"\"\n"
           << "data = " << quoted(name + ".dat") << '\n';
}

void write_outputs(std::ostream& stream, const std::string& name, int width, int height,
                   const std::function<void()>& write_plot, const std::string& options) {
    const auto output = [&](const char* terminal, const char* font, const char* ending) {
        stream << "\nset terminal " << terminal << " size " << width << ',' << height << " font \"" << font
               << "\" background \"white\"" << options << "\n"
               << "set output " << quoted(name) << " . suffix . \"" << ending << "\"\n";
        write_plot();
    };
    output("svg", "Helvetica,14", ".svg");
    output("pngcairo", "Sans,11", ".png");
}

plot_files write_and_draw(const std::filesystem::path& stem, const std::function<void(std::ostream&)>& write_data,
                          const std::function<void(std::ostream&)>& write_script) {
    const plot_files files{with_ending(stem, ".dat"), with_ending(stem, ".gp"), with_ending(stem, ".svg"),
                           with_ending(stem, ".png")};
    write_file_atomically(files.data, write_data);
    write_file_atomically(files.script, write_script);

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
