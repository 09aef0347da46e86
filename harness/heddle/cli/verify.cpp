// heddle verify: every bundled pattern's references survive, every faulty variant is found.
#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <heddle/cli/commands.hpp>
#include <heddle/cli/progress_line.hpp>
#include <heddle/cli/targets.hpp>
#include <heddle/harness/report.hpp>

namespace heddle::cli {
namespace {

using json = nlohmann::ordered_json;

struct reference_row {
  const catalogue::reference* what;
  harness::exploration_result result;
};

struct variant_row {
  const catalogue::faulty_variant* what;
  std::vector<harness::exploration_result> by_seed;  // never empty

  bool found() const {
    return std::all_of(by_seed.begin(), by_seed.end(), [](const auto& r) { return r.found.has_value(); });
  }
  /// Schedules to find, ascending.
  std::vector<std::uint64_t> needed() const {
    std::vector<std::uint64_t> counts;
    for (const auto& r : by_seed)
      if (r.found) counts.push_back(r.found->schedule_number);
    std::sort(counts.begin(), counts.end());
    return counts;
  }
};

struct pattern_row {
  const catalogue::pattern* what;
  std::vector<reference_row> references;
  std::vector<variant_row> variants;
  std::vector<std::string> not_reached;  // allowed anomalies that the generator failed to show
  double seconds = 0;

  bool references_hold() const {
    return std::none_of(references.begin(), references.end(),
                        [](const auto& r) { return r.result.found.has_value(); });
  }
  std::size_t variants_found() const {
    return static_cast<std::size_t>(
        std::count_if(variants.begin(), variants.end(), [](const auto& v) { return v.found(); }));
  }
  bool good() const {
    return references_hold() && variants_found() == variants.size() && not_reached.empty();
  }
};

class verification {
 public:
  explicit verification(const verify_settings& settings)
      : settings_(settings),
        seed_(parse_seed(settings.exploration.seed)),
        patterns_(select_patterns(settings.patterns)),
        progress_(!settings.quiet) {}

  int run() {
    const auto start = std::chrono::steady_clock::now();
    if (!settings_.quiet) print_heading();
    for (const catalogue::pattern& p : patterns_) {
      rows_.push_back(verify_pattern(p));
      progress_.clear();
      if (!settings_.quiet) print_row(rows_.back());
    }
    seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    print_failures();
    print_total();
    if (!settings_.json.empty()) write_json();
    return good() ? 0 : 1;
  }

 private:
  harness::exploration_result explore(const std::string& name, const contract_definition& contract,
                                      std::uint64_t schedules, std::uint64_t seed) {
    const harness::exploration_options options{.seed = seed, .limits = {.schedules = schedules}, .run = {}};
    return harness::explore(contract, options,
                            [&](const auto& so_far) { progress_.show(name, so_far.schedules, schedules); });
  }

  pattern_row verify_pattern(const catalogue::pattern& p) {
    pattern_row row{&p, {}, {}, {}, 0};
    std::set<std::string> reached;
    for (const auto& r : p.references) {
      row.references.push_back(
          {&r, explore(p.id + "/" + r.name, *r.contract, settings_.reference_schedules, seed_)});
      const auto& result = row.references.back().result;
      reached.insert(result.reached.begin(), result.reached.end());
      row.seconds += result.seconds;
    }
    for (const auto& v : p.variants) {
      row.variants.push_back({&v, {}});
      for (std::uint32_t i = 0; i < settings_.seeds; ++i) {
        auto& results = row.variants.back().by_seed;
        results.push_back(
            explore(p.id + "/" + v.name, *v.contract, settings_.exploration.schedules, seed_ + i));
        row.seconds += results.back().seconds;
      }
    }
    for (const std::string& anomaly : p.must_reach)
      if (reached.count(anomaly) == 0) row.not_reached.push_back(anomaly);
    return row;
  }

  bool good() const {
    return std::all_of(rows_.begin(), rows_.end(), [](const pattern_row& r) { return r.good(); });
  }

  // --- The table

  void print_heading() {
    for (const catalogue::pattern& p : patterns_) {
      id_width_ = std::max(id_width_, p.id.size());
      condition_width_ = std::max(condition_width_, p.condition.size());
    }
    print_columns("pattern", "condition", "reference", "found", "schedules to find", "time");
  }

  void print_columns(std::string_view id, std::string_view condition, std::string_view reference,
                     std::string_view found, std::string_view schedules, std::string_view time) const {
    fmt::print("{:<{}}  {:<{}}  {:<19}  {:<5}  {:<36}  {}\n", id, id_width_, condition, condition_width_,
               reference, found, schedules, time);
    std::fflush(stdout);
  }

  static std::string reference_text(const pattern_row& row) {
    std::uint64_t schedules = 0;
    for (const auto& r : row.references) schedules += r.result.schedules;
    return fmt::format("{} {} sched.", row.references_hold() ? "ok " : "BAD", harness::grouped(schedules));
  }

  // Per variant; with several seeds, the median over them.
  static std::string schedules_text(const pattern_row& row) {
    constexpr std::size_t shown_max = 6;
    std::vector<std::uint64_t> needed;
    for (const auto& v : row.variants)
      if (v.found()) needed.push_back(v.needed()[v.needed().size() / 2]);
    std::sort(needed.begin(), needed.end());
    std::string text;
    for (std::size_t i = 0; i < needed.size() && i < shown_max; ++i)
      text += fmt::format("{}{}", i == 0 ? "" : " · ", needed[i]);
    return needed.size() > shown_max ? text + " …" : text;
  }

  void print_row(const pattern_row& row) const {
    print_columns(row.what->id, row.what->condition, reference_text(row),
                  fmt::format("{}/{}", row.variants_found(), row.variants.size()), schedules_text(row),
                  fmt::format("{:.1f} s", row.seconds));
  }

  void print_failures() const {
    for (const pattern_row& row : rows_) {
      for (const auto& r : row.references)
        if (r.result.found) print_reference_failure(row, r);
      for (const auto& v : row.variants)
        if (!v.found())
          fmt::print("\n{}/{} ({}) was NOT FOUND within {} schedules from {} of {} seeds\n", row.what->id,
                     v.what->name, v.what->mark, harness::grouped(settings_.exploration.schedules),
                     v.by_seed.size() - v.needed().size(), v.by_seed.size());
      for (const std::string& anomaly : row.not_reached)
        fmt::print("\n{}: {} is allowed but was never reached: the generator is vacuous\n", row.what->id,
                   anomaly);
    }
  }

  void print_reference_failure(const pattern_row& row, const reference_row& r) const {
    const harness::shrunk s = harness::shrink(*r.what->contract, *r.result.found);
    fmt::print("\n{}",
               harness::failure_report(*r.what->contract, s,
                                       {.colour = harness::wants_colour(STDOUT_FILENO),
                                        .seed = seed_,
                                        .schedules_budget = settings_.reference_schedules,
                                        .seconds = r.result.seconds,
                                        .replay_command = fmt::format(
                                            "./heddle explore {}/{} --seed {:#x} --budget {}", row.what->id,
                                            r.what->name, seed_, settings_.reference_schedules)}));
  }

  void print_total() const {
    std::size_t references = 0, holding = 0, variants = 0, found = 0;
    for (const pattern_row& row : rows_) {
      references += row.references.size();
      holding += static_cast<std::size_t>(std::count_if(row.references.begin(), row.references.end(),
                                                        [](const auto& r) { return !r.result.found; }));
      variants += row.variants.size();
      found += row.variants_found();
    }
    fmt::print(
        "{} pattern{}, {} of {} references hold, {} of {} faulty variants found   {:.1f} s   seed {:#x}\n",
        rows_.size(), rows_.size() == 1 ? "" : "s", holding, references, found, variants, seconds_, seed_);
  }

  // --- JSON

  static json to_json(const pattern_row& row) {
    json references = json::array();
    for (const auto& r : row.references)
      references.push_back({{"name", r.what->name},
                            {"holds", !r.result.found.has_value()},
                            {"schedules", r.result.schedules},
                            {"distinct_histories", r.result.distinct_histories},
                            {"seconds", r.result.seconds}});
    json variants = json::array();
    for (const auto& v : row.variants) {
      json entry = {{"mark", v.what->mark},
                    {"name", v.what->name},
                    {"found", v.found()},
                    {"schedules_to_find", v.needed()}};
      if (const auto& first = v.by_seed.front(); first.found) {
        entry["strategy"] = first.found->strategy;
        entry["failure"] = harness::describe(first.found->why.kind);
      }
      variants.push_back(std::move(entry));
    }
    return {{"id", row.what->id},   {"condition", row.what->condition}, {"references", references},
            {"variants", variants}, {"not_reached", row.not_reached},   {"seconds", row.seconds},
            {"holds", row.good()}};
  }

  void write_json() const {
    json patterns = json::array();
    for (const pattern_row& row : rows_) patterns.push_back(to_json(row));
    const json root = {{"format", "heddle-verify"}, {"version", 1},        {"seed", seed_},
                       {"holds", good()},           {"seconds", seconds_}, {"patterns", patterns}};
    std::ofstream out(settings_.json);
    out << root.dump(1) << "\n";
    out.close();
    if (!out) throw usage_error(fmt::format("--json {}: cannot be written", settings_.json));
  }

  const verify_settings& settings_;
  std::uint64_t seed_;
  std::vector<catalogue::pattern> patterns_;
  progress_line progress_;
  std::vector<pattern_row> rows_;
  std::size_t id_width_ = 0;
  std::size_t condition_width_ = 0;
  double seconds_ = 0;
};

}  // namespace

int run_verify(const verify_settings& settings) {
  return verification(settings).run();
}

}  // namespace heddle::cli
