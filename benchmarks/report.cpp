/// Reads what the programs that measure steps have found, prints one table and the documented
/// targets with what was reached, and writes both as JSON.
///     bench_report FOLDER          reads FOLDER/steps_{O2,native}.json, writes FOLDER/summary.json
///     bench_report FOLDER thrust   reads FOLDER/thrust_{O2,native}.json, writes FOLDER/thrust_summary.json

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace {

using json = nlohmann::ordered_json;

/// One measured case. `algorithm` is linbreg, momentum, adabreg or a plain pass; `how` is empty for our
/// optimizers.
struct row {
    std::string algorithm, how, where, flags;
    int threads = 1;
    double nanoseconds = 0, bound_ratio = 0;
    double over_one_tensor = 0; ///< of a list: its time over that of one tensor of the same total size
    double over_without = 0;    ///< of what without() knows: its time over that without it

    std::string name() const { return algorithm + (how.empty() ? "" : "_" + how); }
};

/// What a row of this kind is measured with and without; empty for others.
std::string without(const std::string& how) {
    return how == "one_process" ? "communicator" : how == "turnover" ? "turnover" : "";
}

/// Rows are looked up by "flags/name/where/threads".
struct results {
    std::vector<row> rows;
    std::map<std::string, std::size_t> position;
    json context;

    const row* find(const std::string& flags, const std::string& name, const std::string& where, int threads) const {
        const auto at = position.find(flags + "/" + name + "/" + where + "/" + std::to_string(threads));
        return at == position.end() ? nullptr : &rows[at->second];
    }
};

json read_json(const std::filesystem::path& path) {
    std::ifstream in(path);
    if (!in) throw std::runtime_error("bench_report: cannot read " + path.string() + "; run scripts/bench first");
    return json::parse(in);
}

void add_rows(results& all, const std::filesystem::path& path, const std::string& flags) {
    const json file = read_json(path);
    all.context[flags] = file.at("context");
    for (const json& benchmark : file.at("benchmarks")) {
        const std::string name = benchmark.at("name");
        const std::string first = name.substr(0, name.find('/'));
        const std::string rest = name.substr(name.find('/') + 1);
        row r;
        r.algorithm = first.substr(0, first.find('_'));
        r.how = first.size() > r.algorithm.size() ? first.substr(r.algorithm.size() + 1) : "";
        r.where = rest.substr(0, rest.find('/'));
        r.flags = flags;
        r.threads = int(benchmark.at("threads"));
        r.nanoseconds = benchmark.at("ns_per_parameter");
        r.bound_ratio = benchmark.value("bound_ratio", 0.0);
        (without(r.how).empty() ? r.over_one_tensor : r.over_without) = benchmark.value("over_beside", 0.0);
        all.position[flags + "/" + r.name() + "/" + r.where + "/" + std::to_string(r.threads)] = all.rows.size();
        all.rows.push_back(r);
    }
}

/// How many times faster our optimizer is than the tensor operations named `how`; 0 where that was not
/// measured.
double times_faster(const results& all, const row& r, const std::string& how) {
    if (!r.how.empty()) return 0;
    const row* other = all.find(r.flags, r.algorithm + "_" + how, r.where, r.threads);
    return other ? other->nanoseconds / r.nanoseconds : 0;
}

std::string number(double value, const char* format) {
    char text[32];
    std::snprintf(text, sizeof text, format, value);
    return value > 0 ? text : "-";
}

json print_table(const results& all) {
    std::printf("%-46s %-15s %-7s %7s %9s %9s %9s %10s %10s\n", "", "", "", "", "ns per", "time over", "time over",
                "faster than", " and than");
    std::printf("%-46s %-15s %-7s %7s %9s %9s %9s %10s %10s\n", "case", "memory", "flags", "threads", "parameter",
                "bound", "1 tensor", "tensor ops", "counting");
    json rows = json::array();
    for (const row& r : all.rows) {
        const double plain = times_faster(all, r, "tensor_operations");
        const double counting = times_faster(all, r, "tensor_operations_counting");
        std::printf("%-46s %-15s %-7s %7d %9.3f %9s %9s %10s %10s\n", r.name().c_str(), r.where.c_str(),
                    r.flags.c_str(), r.threads, r.nanoseconds, number(r.bound_ratio, "%.2f").c_str(),
                    number(r.over_one_tensor, "%.2f").c_str(), number(plain, "%.1f").c_str(),
                    number(counting, "%.1f").c_str());
        json line = {{"case", r.name()},
                     {"memory", r.where},
                     {"flags", r.flags},
                     {"threads", r.threads},
                     {"ns_per_parameter", r.nanoseconds}};
        if (r.bound_ratio > 0) line["bound_ratio"] = r.bound_ratio;
        if (r.over_one_tensor > 0) line["over_one_tensor"] = r.over_one_tensor;
        if (r.over_without > 0) line["over_without_" + without(r.how)] = r.over_without;
        if (plain > 0) line["times_faster_than_tensor_operations"] = plain;
        if (counting > 0) line["times_faster_than_tensor_operations_counting"] = counting;
        rows.push_back(line);
    }
    return rows;
}

/// The documented targets: one line each, for every number of threads.
class target_list {
  public:
    explicit target_list(const results& all) : all_(all) {}

    void bound(const std::string& flags, const std::string& name, double limit,
               const std::vector<int>& numbers_of_threads = {1, 2}) {
        for (int threads : numbers_of_threads)
            if (const row* r = all_.find(flags, name, "one_tensor_15M", threads))
                add(name + ", " + flags + ": time over the bound", threads, r->bound_ratio, limit, true);
    }
    void over_without(const std::string& flags, const std::string& name, const std::string& how,
                      const std::string& what) {
        for (int threads : {1, 2})
            if (const row* r = all_.find(flags, name + "_" + how, "one_tensor_15M", threads))
                add(name + ", " + flags + ": " + what, threads, r->over_without, 1.02, true);
    }
    void list_against_tensor(const std::string& flags, const std::string& name, const std::string& model) {
        for (int threads : {1, 2}) {
            const row* list = all_.find(flags, name, model, threads);
            if (list && list->over_one_tensor > 0)
                add(name + ", " + flags + ", " + model + ": list over one tensor", threads, list->over_one_tensor, 1.05,
                    true);
        }
    }
    void faster(const std::string& flags, const std::string& name, const std::string& model, const std::string& how,
                double limit) {
        for (int threads : {1, 2})
            if (const row* r = all_.find(flags, name, model, threads))
                if (const double factor = times_faster(all_, *r, how); factor > 0)
                    add(name + ", " + flags + ", " + model + ": times faster than " + how, threads, factor, limit,
                        false);
    }

    const json& lines() const { return lines_; }

  private:
    void add(const std::string& what, int threads, double value, double limit, bool at_most) {
        const bool reached = at_most ? value <= limit : value >= limit;
        lines_.push_back({{"target", what},
                          {"threads", threads},
                          {"value", value},
                          {at_most ? "at_most" : "at_least", limit},
                          {"reached", reached}});
        std::printf("%-8s %-78s %d thread%s %6.2f, %s %.2f\n", reached ? "reached" : "MISSED", what.c_str(), threads,
                    threads == 1 ? " " : "s", value, at_most ? "at most" : "at least", limit);
    }

    const results& all_;
    json lines_ = json::array();
};

json thrust_targets(const results& all) {
    target_list targets(all);
    for (const char* flags : {"native", "O2"})
        for (const char* name : {"linbreg", "momentum", "adabreg"}) {
            const std::string thrust = std::string(name) + "_thrust";
            targets.bound(flags, thrust, 1.5, {2});
            targets.list_against_tensor(flags, thrust, "ecapa_1024");
            targets.list_against_tensor(flags, thrust, "200_tensors_15M");
            targets.list_against_tensor(flags, thrust + "_elements", "200_tensors_15M");
        }
    return targets.lines();
}

json step_targets(const results& all) {
    target_list targets(all);
    targets.bound("native", "adabreg", 1.2);
    targets.bound("native", "momentum", 1.2);
    targets.bound("native", "linbreg", 1.35);
    targets.bound("O2", "linbreg", 1.5);
    targets.bound("O2", "adabreg", 2);
    for (const std::string flags : {"native", "O2"})
        for (const std::string name : {"linbreg", "adabreg"})
            targets.over_without(flags, name, "one_process", "the null communicator over none");
    for (const std::string flags : {"native", "O2"})
        for (const std::string name : {"linbreg", "momentum", "adabreg"})
            targets.over_without(flags, name, "turnover", "births and deaths over neither");
    for (const char* flags : {"native", "O2"})
        for (const char* name : {"linbreg", "momentum", "adabreg"})
            for (const char* model : {"ecapa_512", "ecapa_1024"}) {
                targets.list_against_tensor(flags, name, model);
                targets.faster(flags, name, model, "tensor_operations", 4);
                targets.faster(flags, name, model, "tensor_operations_counting", 6);
            }
    return targets.lines();
}

void write_json(const std::filesystem::path& path, const json& value) {
    const std::filesystem::path temporary = path.string() + ".part";
    {
        std::ofstream out(temporary);
        out << value.dump(2) << '\n';
        if (!out) throw std::runtime_error("bench_report: cannot write " + temporary.string() + "; free some space");
    }
    std::filesystem::rename(temporary, path);
}

/// Other work on the machine makes every number here worse, two threads most of all.
void warn_when_busy(const results& all) {
    double load = 0;
    for (const json& context : all.context)
        if (const auto loads = context.find("load_avg"); loads != context.end() && !loads->empty())
            load = std::max(load, double(loads->front()));
    if (load > 1)
        std::printf("\nwarning: the machine was busy (load %.1f at the start): trust the rows of one thread, "
                    "and run again "
                    "for two when it is idle\n",
                    load);
}

int report(const std::filesystem::path& folder, bool thrust) {
    results all;
    const std::string measured = thrust ? "thrust" : "steps";
    add_rows(all, folder / (measured + "_native.json"), "native");
    add_rows(all, folder / (measured + "_O2.json"), "O2");
    json summary;
    summary["rows"] = print_table(all);
    std::printf("\ntargets\n");
    summary["targets"] = thrust ? thrust_targets(all) : step_targets(all);
    summary["context"] = all.context;
    warn_when_busy(all);
    write_json(folder / (thrust ? "thrust_summary.json" : "summary.json"), summary);
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    const bool thrust = argc == 3 && std::string(argv[2]) == "thrust";
    if (argc != 2 && !thrust) {
        std::cerr << "bench_report: expects a folder and at most the word thrust; run: bench_report results/bench\n";
        return 1;
    }
    try {
        return report(argv[1], thrust);
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
