#include "common/gnuplot.hpp"
#include "scratch_folder.hpp"

#include <cmath>
#include <cstdlib>
#include <limits>
#include <stdexcept>

using namespace examples;

namespace {

const double nan_value = std::numeric_limits<double>::quiet_NaN();
const double infinity = std::numeric_limits<double>::infinity();

figure two_axes() {
    figure picture;
    picture.title = "\"quoted\" \\ and under_scores";
    picture.x.label = "step";
    picture.y.label = "sparsity";
    picture.second_y = plot_axis{.label = "λ", .logarithmic = true};
    plot_series sparsity{.name = "s"}, lambda{.name = "λ", .second_axis = true};
    for (int i = 0; i < 50; ++i) {
        sparsity.x.push_back(i);
        sparsity.y.push_back(1 - std::exp(-i / 10.0) / 3);
        lambda.x.push_back(i);
        lambda.y.push_back(std::exp(i / 7.0));
    }
    picture.series = {sparsity, lambda};
    picture.references = {{"target", .9}};
    return picture;
}

figure with_series(plot_series series) {
    figure picture;
    picture.series = {std::move(series)};
    return picture;
}

std::string what_is_refused(const figure& picture) {
    const scratch_folder scratch;
    try {
        write_figure(picture, scratch.path / "picture");
    } catch (const std::invalid_argument& error) {
        BOOST_TEST(files_in(scratch.path) == 0u);
        return error.what();
    }
    return "";
}

/// The blocks of a data file, as rows of numbers.
std::vector<std::vector<std::vector<double>>> read_blocks(const std::filesystem::path& path) {
    std::vector<std::vector<std::vector<double>>> blocks(1);
    std::ifstream stream(path);
    for (std::string line; std::getline(stream, line);) {
        if (line.empty()) {
            if (!blocks.back().empty()) blocks.emplace_back();
        } else if (line[0] != '#') {
            blocks.back().emplace_back();
            std::istringstream words(line);
            for (std::string word; words >> word;) blocks.back().back().push_back(std::strtod(word.c_str(), nullptr));
        }
    }
    return blocks;
}

/// Sets a variable of the environment until the end of the scope.
class environment_guard {
  public:
    environment_guard(const char* name, const char* value) : name_(name), old_(std::getenv(name)) {
        ::setenv(name, value, 1);
    }
    ~environment_guard() { ::setenv(name_, old_.c_str(), 1); }

  private:
    const char* name_;
    std::string old_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(gnuplot_suite)

BOOST_AUTO_TEST_CASE(four_files_and_no_others) {
    const scratch_folder scratch;
    const auto files = write_figure(two_axes(), scratch.path / "deep" / "lambda.run");
    BOOST_TEST(files_in(scratch.path / "deep") == 4u);
    BOOST_TEST(files.svg.filename() == "lambda.run.svg");
    BOOST_TEST(std::filesystem::file_size(files.png) > 5000u);
    BOOST_TEST(std::filesystem::file_size(files.svg) > 5000u);
    BOOST_TEST(contents(files.png).substr(1, 3) == "PNG");
    BOOST_TEST(contents(files.svg).find("under_scores") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(data_come_back_bit_by_bit) {
    const scratch_folder scratch;
    const auto picture = two_axes();
    const auto blocks = read_blocks(write_figure(picture, scratch.path / "picture").data);
    BOOST_TEST_REQUIRE(blocks.size() == 2u);
    for (std::size_t number = 0; number < 2; ++number) {
        const auto& series = picture.series[number];
        BOOST_TEST_REQUIRE(blocks[number].size() == series.x.size());
        for (std::size_t row = 0; row < series.x.size(); ++row) {
            BOOST_TEST(blocks[number][row] == (std::vector<double>{series.x[row], series.y[row]}));
        }
    }
}

BOOST_AUTO_TEST_CASE(every_style_is_drawn) {
    const scratch_folder scratch;
    for (const auto style : {plot_style::line, plot_style::points, plot_style::line_with_points, plot_style::steps,
                             plot_style::bars, plot_style::band, plot_style::error_bars, plot_style::impulses}) {
        plot_series series{.name = "curve", .x = {1, 2, 3}, .y = {1, 3, 2}, .style = style};
        series.low = {.5, 2, 1};
        series.high = {2, 4, 3};
        const auto stem = scratch.path / std::to_string(int(style));
        BOOST_TEST(std::filesystem::file_size(write_figure(with_series(series), stem).png) > 5000u);
    }
}

BOOST_AUTO_TEST_CASE(named_groups_of_bars) {
    const scratch_folder scratch;
    figure picture;
    picture.categories = {"fotaq", "asterisk"};
    picture.series = {{.name = "sparse", .y = {18, 16}, .style = plot_style::bars},
                      {.name = "dense", .y = {20, 17}, .style = plot_style::bars}};
    const auto files = write_figure(picture, scratch.path / "eer");
    BOOST_TEST(contents(files.script).find("\"asterisk\" 1") != std::string::npos);
    BOOST_TEST(read_blocks(files.data)[1][1] == (std::vector<double>{1, 17}));
}

BOOST_AUTO_TEST_CASE(nan_is_a_gap) {
    const scratch_folder scratch;
    const auto files =
        write_figure(with_series({.name = "gap", .x = {1, 2, 3, 4}, .y = {1, nan_value, 2, 3}}), scratch.path / "gap");
    BOOST_TEST(std::isnan(read_blocks(files.data)[0][1][1]));
    BOOST_TEST(std::filesystem::file_size(files.png) > 5000u);
}

BOOST_AUTO_TEST_CASE(figures_that_cannot_be_drawn_are_refused) {
    const auto says = [](const figure& picture, const char* part) {
        return what_is_refused(picture).find(part) != std::string::npos;
    };
    BOOST_TEST(says({}, "at least one"));
    BOOST_TEST(says(with_series({.name = "empty"}), "series 1 ('empty') = no points"));
    BOOST_TEST(says(with_series({.x = {1, 2}, .y = {1}}), "length of x of series 1"));
    BOOST_TEST(says(with_series({.x = {1}, .y = {infinity}}), "must be finite"));
    BOOST_TEST(says(with_series({.x = {nan_value}, .y = {1}}), "must be finite"));
    BOOST_TEST(says(with_series({.x = {1}, .y = {1}, .second_axis = true}), "figure::second_y"));
    BOOST_TEST(says(with_series({.x = {1}, .y = {1}, .style = plot_style::error_bars}), "length of low or high"));
    auto logarithmic = with_series({.x = {1}, .y = {0}});
    logarithmic.y.logarithmic = true;
    BOOST_TEST(says(logarithmic, "must be positive on a logarithmic axis"));
}

BOOST_AUTO_TEST_CASE(without_gnuplot_the_data_stay) {
    const scratch_folder scratch;
    const environment_guard no_programs("PATH", "/nonexistent");
    std::string what;
    try {
        write_figure(two_axes(), scratch.path / "picture");
    } catch (const std::runtime_error& error) {
        what = error.what();
    }
    BOOST_TEST(what.find("apt-get install gnuplot-nox") != std::string::npos);
    BOOST_TEST(files_in(scratch.path) == 2u);
    BOOST_TEST(read_blocks(scratch.path / "picture.dat").size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_slide_is_wide_and_has_large_type) {
    const scratch_folder scratch;
    figure picture = two_axes();
    const auto plain = contents(write_figure(picture, scratch.path / "plain").script);
    picture.slide = true;
    const auto slide = contents(write_figure(picture, scratch.path / "slide").script);
    BOOST_TEST(plain.find("fontscale") == std::string::npos);
    BOOST_TEST(plain.find("size 900,520") != std::string::npos);
    BOOST_TEST(slide.find("size 1280,720") != std::string::npos);
    BOOST_TEST(slide.find("fontscale 2") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
