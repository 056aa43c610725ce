#include "common/image_figure.hpp"
#include "scratch_folder.hpp"

#include <limits>
#include <stdexcept>

using namespace examples;

namespace {

image_figure two_by_three() {
    image_figure picture{.title = "\"quoted\" and under_scores"};
    picture.panels = {{"a", {1, 2, 3, 4, 5, 6}, 3},
                      {"b", {6, 5, 4, 3, 2, std::numeric_limits<double>::quiet_NaN()}, 3}};
    return picture;
}

image_figure map_with_a_curve() {
    image_figure picture{
        .title = "map", .palette = image_palette::viridis, .low = 0, .high = 1, .colour_label = "share"};
    picture.panels = {{"", {0, .5, .5, 1}, 2}};
    picture.axes = {{.label = "x", .low = 0, .high = 1}, {.label = "y", .low = -1, .high = 1}};
    picture.curves = {{.name = "limit", .x = {0, 1}, .y = {-1, 1}}};
    return picture;
}

std::string what_image_is_refused(const image_figure& picture) {
    const scratch_folder scratch;
    try {
        write_image_figure(picture, scratch.path / "picture");
    } catch (const std::invalid_argument& error) {
        BOOST_TEST(files_in(scratch.path) == 0u);
        return error.what();
    }
    return "";
}

bool is_png(const std::filesystem::path& path) { return contents(path).substr(1, 3) == "PNG"; }

} // namespace

BOOST_AUTO_TEST_SUITE(image_figures)

BOOST_AUTO_TEST_CASE(data_script_and_pictures_are_written) {
    const scratch_folder scratch;
    const auto files = write_image_figure(two_by_three(), scratch.path / "panels");
    BOOST_TEST(contents(files.data) == "# a\n1 2 3\n4 5 6\n\n\n# b\n6 5 4\n3 2 NaN\n\n\n");
    BOOST_TEST(is_png(files.png));
    BOOST_TEST(contents(files.svg).find("<svg") != std::string::npos);
    BOOST_TEST(files_in(scratch.path) == 4u); // and nothing else, such as images beside the SVG
}

BOOST_AUTO_TEST_CASE(the_first_row_is_on_top) {
    const scratch_folder scratch;
    const auto files = write_image_figure(map_with_a_curve(), scratch.path / "map");
    // Two rows over [-1, 1]: the first is centred at .5 and the second one lower.
    BOOST_TEST(contents(files.script).find("using (0.25+$1*0.5):(0.5-$2*1):3") != std::string::npos);
    BOOST_TEST(contents(files.data).find("# limit\n# x\ty\n0\t-1\n1\t1\n") != std::string::npos);
    BOOST_TEST(is_png(files.png));
}

BOOST_AUTO_TEST_CASE(figures_that_cannot_be_drawn_are_refused) {
    BOOST_TEST(what_image_is_refused({}) == "panels = 0: an image figure needs at least one");

    auto ragged = two_by_three();
    ragged.panels[1].values.pop_back();
    BOOST_TEST(what_image_is_refused(ragged) ==
               "number of values of panel 2 ('b') = 5: must be rows times columns, 3 columns here");
    auto infinite = two_by_three();
    infinite.panels[0].values[2] = std::numeric_limits<double>::infinity();
    BOOST_TEST(what_image_is_refused(infinite) == "value of panel 1 ('a') = inf: must be finite, or NaN for a gap");
    auto flat = two_by_three();
    flat.low = flat.high = 1;
    BOOST_TEST(what_image_is_refused(flat) == "low = 1: must be below high: leave both out to have them found");
    auto no_axes = map_with_a_curve();
    no_axes.axes.reset();
    BOOST_TEST(what_image_is_refused(no_axes) ==
               "curves = 1: must be none without axes: describe the axes in image_figure::axes");
    auto no_ends = map_with_a_curve();
    no_ends.axes->y.low.reset();
    BOOST_TEST(what_image_is_refused(no_ends) ==
               "axis 'y' = no ends: low < high must be given: they are the edges of the image");
    auto uneven = map_with_a_curve();
    uneven.curves[0].y.pop_back();
    BOOST_TEST(what_image_is_refused(uneven) == "length of y of curve 'limit' = 1: must be that of x, and at least 1");
}

BOOST_AUTO_TEST_SUITE_END()
