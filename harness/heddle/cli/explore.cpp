// heddle explore, replay and list: one implementation at a time.
#include <filesystem>

#include <fmt/format.h>
#include <unistd.h>

#include <heddle/cli/commands.hpp>
#include <heddle/cli/targets.hpp>
#include <heddle/harness/case_file.hpp>
#include <heddle/harness/drawing.hpp>
#include <heddle/harness/report.hpp>
#include <heddle/harness/seed.hpp>

namespace heddle::cli {
namespace {

namespace fs = std::filesystem;

std::string store_case(const named_target& target, const harness::counterexample& c,
                       const exploration_settings& settings, std::uint64_t seed) {
  const std::string text = harness::to_case_text(*target.contract, c, {target.name, seed});
  const fs::path file = fs::path(settings.cases_dir) / harness::case_file_name(target.name, seed);
  std::error_code ignored;
  fs::create_directories(file.parent_path(), ignored);
  if (harness::write_case(file, text)) return "./heddle replay " + file.lexically_normal().string();
  return fmt::format("{} cannot be written; the case is:\n{}", file.string(), text);
}

void draw_case(const contract_definition& contract, const harness::counterexample& c,
               const picture_files& files) {
  if (files.none()) return;
  const std::string problem = write_pictures(harness::draw(contract, c), files);
  if (!problem.empty()) throw usage_error(problem);
}

}  // namespace

std::uint64_t parse_seed(const std::string& text) {
  if (const auto seed = harness::parse_seed(text)) return *seed;
  throw usage_error(fmt::format("--seed {}: expected a number such as 24301 or 0x5eed", text));
}

int run_explore(const explore_settings& settings) {
  const named_target target = find_target(settings.target);
  const std::uint64_t seed = parse_seed(settings.exploration.seed);
  const harness::exploration_options options{.seed = seed,
                                             .limits = {.schedules = settings.exploration.schedules},
                                             .run = {},
                                             .strategy = settings.strategy};
  const harness::exploration_result r = harness::explore(*target.contract, options);
  if (!r.found) {
    fmt::print("{} holds: {} schedules of {} programs, {} distinct histories, {:.1f} s, seed {:#x}\n",
               target.name, harness::grouped(r.schedules), harness::grouped(r.programs),
               harness::grouped(r.distinct_histories), r.seconds, seed);
    return 0;
  }
  const harness::shrunk s = harness::shrink(*target.contract, *r.found);
  fmt::print("{}", harness::failure_report(
                       *target.contract, s,
                       {.colour = harness::wants_colour(STDOUT_FILENO),
                        .seed = seed,
                        .schedules_budget = settings.exploration.schedules,
                        .seconds = r.seconds,
                        .replay_command = store_case(target, s.smallest, settings.exploration, seed)}));
  draw_case(*target.contract, s.smallest, settings.drawn);
  return 1;
}

int run_replay(const replay_settings& settings) {
  const harness::case_text text = harness::read_case(settings.file);
  const named_target target = find_target(harness::origin_of(text).target);
  const harness::counterexample c = harness::parse_case(*target.contract, text);
  fmt::print("{}",
             harness::replay_report(*target.contract, c, {.colour = harness::wants_colour(STDOUT_FILENO)}));
  draw_case(*target.contract, c, settings.drawn);
  harness::replayer again(c.how);
  const harness::program_run run = harness::run_program(*target.contract, c.what, again, c.run);
  return harness::judge_run(*target.contract, run, false) ? 1 : 0;
}

int run_list() {
  for (const catalogue::pattern& p : catalogue::patterns()) {
    fmt::print("{:<28} {}\n", p.id, p.summary);
    for (const auto& r : p.references) fmt::print("  {}/{}\n", p.id, r.name);
    for (const auto& v : p.variants) fmt::print("  {}/{}  ({})\n", p.id, v.name, v.mark);
  }
  return 0;
}

}  // namespace heddle::cli
