// Lesson 6: Adam sees signs, not sizes. Whoever is pushed a little, always in one direction, lives.
#include <bregman/directions/adam.hpp>

#include "teaching/course/slide.hpp"
#include "teaching/phantom_classes/phantom.hpp"

#include <cmath>

namespace {

/// How far Adam goes in k steps of size 1 when the gradient is always g.
double way_of_adam(double g, int steps, double epsilon) {
    const bregman::adam adam{.epsilon = epsilon};
    double first_moment = 0, second_moment = 0, way = 0;
    for (int k = 1; k <= steps; ++k) way += adam.at(k, 1.0)(g, first_moment, second_moment);
    return way;
}

} // namespace

int main(int argc, char** argv) {
    return course::lesson("6_phantom_classes", argc, argv, [](course::slide& slide) {
        slide.say("the gradient 1: Adam's way in 100 steps", way_of_adam(1, 100, 1e-8));
        slide.say("the gradient 0.001: its way", way_of_adam(1e-3, 100, 1e-8));
        slide.say("  with epsilon 0.01", way_of_adam(1e-3, 100, 1e-2));
        slide.promise("Adam does not see that one gradient is a thousandth of the other",
                      std::abs(way_of_adam(1, 100, 1e-8) - way_of_adam(1e-3, 100, 1e-8)) < 0.01);

        // A classifier with rows for 20 classes and for 180 that never occur, trained to 95 % zeros.
        using namespace phantom_classes;
        examples::figure picture{
            .title = "180 rows ought to die: which do?", .y = {.label = "%", .low = 0, .high = 105}, .categories = {}};
        examples::plot_series dead{.name = "phantom rows dead", .style = examples::plot_style::bars};
        examples::plot_series accuracy{.name = "accuracy", .style = examples::plot_style::bars};
        const auto train = [&](const std::string& name, const variant& chosen) {
            const outcome seen = run(chosen, 0.95, 1500, 1);
            slide.say(name + ": phantom rows dead, %", 100 * seen.dead);
            slide.say("  accuracy, %", 100 * seen.accuracy);
            picture.categories.push_back(name);
            dead.y.push_back(100 * seen.dead), accuracy.y.push_back(100 * seen.accuracy);
            return seen;
        };
        const outcome by_size = train("LinBreg", {});
        const outcome blind = train("AdaBreg", {.optimizer = method::adabreg});
        const outcome seeing = train("epsilon .01", {.optimizer = method::adabreg, .epsilon = 1e-2});
        const outcome one = train("one moment", {.optimizer = method::adabreg_mini});
        const outcome born = train("birth rule", {.optimizer = method::adabreg, .births_by_evidence = true});
        slide.promise("AdaBreg keeps phantom rows and learns nothing",
                      blind.dead < 0.5 && blind.accuracy < 0.2 && by_size.accuracy > 0.95);
        slide.promise("with sizes in sight it learns",
                      seeing.accuracy > 0.95 && one.accuracy > 0.95 && born.accuracy > 0.95 && seeing.dead > 0.95);
        picture.series = {dead, accuracy};
        return picture;
    });
}
