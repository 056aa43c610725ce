#include "teaching/course/slide.hpp"

#include "common/json_file.hpp"

#include <exception>
#include <filesystem>

namespace course {

int lesson(const std::string& name, int argc, char** argv, const std::function<examples::figure(slide&)>& body) {
    if (argc != 1 && !(argc == 3 && argv[1] == std::string("--out"))) {
        std::fprintf(stderr, "usage: %s [--out FOLDER]     FOLDER: results/course/%s by default\n", argv[0],
                     name.c_str());
        return 2;
    }
    try {
        const std::filesystem::path folder = argc == 3 ? argv[2] : "results/course/" + name;
        std::filesystem::create_directories(folder);
        slide seen(folder);
        examples::figure picture = body(seen);
        picture.slide = true;
        nlohmann::json report{{"lesson", name}, {"numbers", nlohmann::json::array()}};
        for (const auto& [what, value] : seen.numbers())
            report["numbers"].push_back({{"what", what}, {"value", value}});
        for (const auto& [what, holds] : seen.promises()) report["promises"][what] = holds;
        examples::write_json_file(folder / (name + ".json"), report);
        std::printf("%s\n", examples::write_figure(picture, folder / name).png.c_str());
        if (!seen.kept()) std::fprintf(stderr, "%s: a promise does not hold\n", name.c_str());
        return seen.kept() ? 0 : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s: %s\n", name.c_str(), error.what());
        return 1;
    }
}

} // namespace course
