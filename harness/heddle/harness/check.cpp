#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <iostream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/harness/case_file.hpp>
#include <heddle/harness/check.hpp>
#include <heddle/harness/fuzzing.hpp>
#include <heddle/harness/report.hpp>
#include <heddle/harness/seed.hpp>
#include <heddle/harness/strategies.hpp>

namespace heddle {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> environment(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr || *text == '\0' ? std::nullopt : std::optional<std::string>(text);
}

[[noreturn]] void misunderstood(const char* variable, const std::string& text, const std::string& expected) {
  throw std::invalid_argument(fmt::format("{}={}: expected {}", variable, text, expected));
}

void apply_budget(const std::string& text, check_options& options) {
  double number = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  const std::string_view unit(end, static_cast<std::size_t>(last - end));
  const bool in_range = number >= (unit.empty() ? 1 : 1e-9) && number <= 1e15;  // false for not-a-number too
  if (error != std::errc() || !in_range || (unit != "" && unit != "s" && unit != "ms"))
    misunderstood("HEDDLE_BUDGET", text, "a number of schedules (100000) or a time (30s, 500ms)");
  if (unit.empty()) {
    options.schedules = static_cast<std::uint64_t>(number);
  } else {
    options.seconds = unit == "s" ? number : number / 1e3;
    options.schedules = ~std::uint64_t{0};
  }
}

void apply_strategy(const std::string& text, check_options& options) {
  const std::vector<std::string_view> names = harness::strategy_names();
  const auto found = std::find(names.begin(), names.end(), text);
  if (found == names.end())
    misunderstood("HEDDLE_STRATEGY", text, fmt::format("one of {}", fmt::join(names, ", ")));
  options.strategy = *found;
}

check_options with_environment(check_options options) {
  if (const auto text = environment("HEDDLE_SEED")) {
    const auto seed = harness::parse_seed(*text);
    if (!seed) misunderstood("HEDDLE_SEED", *text, "a number such as 24301 or 0x5eed");
    options.seed = *seed;
  }
  if (const auto budget = environment("HEDDLE_BUDGET")) apply_budget(*budget, options);
  if (const auto strategy = environment("HEDDLE_STRATEGY")) apply_strategy(*strategy, options);
  return options;
}

// Runs on real threads cost far more, a blocked one some 50 ms, and cannot be repeated: they also end with
// time.
check_options on_real_threads(check_options options) {
  constexpr std::uint64_t schedules_per_run = 10;
  constexpr double seconds_max = 5;
  if (options.seconds > 0) return options;
  options.schedules = (options.schedules + schedules_per_run - 1) / schedules_per_run;
  options.seconds = seconds_max;
  return options;
}

void require_usable(const contract_definition& contract) {
  const auto unusable = [&](const char* what) {
    throw std::invalid_argument(fmt::format("the contract \"{}\" cannot be run: {}", contract.name, what));
  };
  if (contract.operations.empty()) unusable("it has no operations; add some with .operation(…)");
  if (!contract.make_subject)
    unusable("its implementation has no default constructor; say how to make one with .configured_by(…)");
  if (!contract.make_specification)
    unusable("its model has no default constructor; say how to make one with .configured_by(…)");
}

// Writes the case beside the others, and says how to replay it; if it cannot be written, prints the case
// itself.
struct stored_case {
  fs::path file;
  std::string replay;
};

stored_case store(const contract_definition& contract, const harness::counterexample& c, std::uint64_t seed) {
  const std::string text = harness::to_case_text(contract, c, {contract.name, seed});
  const fs::path file =
      fs::path(environment("HEDDLE_CASES_DIR").value_or(".")) / harness::case_file_name(contract.name, seed);
  std::error_code ignored;
  fs::create_directories(file.parent_path(), ignored);
  if (harness::write_case(file, text))
    return {file,
            fmt::format("HEDDLE_REPLAY={}  (run this test program again)", file.lexically_normal().string())};
  return {{}, fmt::format("{} cannot be written; the case is:\n{}", file.string(), text)};
}

check_report replay(const contract_definition& contract, const std::string& file) {
  const harness::case_text text = harness::read_case(file);
  if (harness::origin_of(text).target != contract.name)
    return {true, {}, fmt::format("{}: skipped, the case is of another contract\n", contract.name), {}, 0, 0};
  const harness::counterexample c = harness::parse_case(contract, text);
  harness::replayer again(c.how);
  const harness::program_run run = harness::run_program(contract, c.what, again, c.run);
  const harness::failure why = harness::judge_run(contract, run, false);
  return {!why,
          why ? harness::headline(contract, why) : "",
          harness::replay_report(contract, c, {.colour = harness::wants_colour(2)}),
          file,
          1,
          1};
}

std::string coverage_line(const contract_definition& contract, const harness::exploration_result& r) {
  const std::string undecided =
      r.undecided == 0 ? "" : fmt::format(", of which {} were not decided", r.undecided);
  return fmt::format("{} holds: {} schedules of {} programs, {} distinct histories{}\n", contract.name,
                     r.schedules, r.programs, r.distinct_histories, undecided);
}

}  // namespace

check_report verify(const std::shared_ptr<const contract_definition>& contract, check_options options) {
  require_usable(*contract);
  if (const auto file = environment("HEDDLE_REPLAY")) return replay(*contract, *file);
  options = with_environment(runtime::deterministic() ? options : on_real_threads(options));
  const harness::exploration_options exploration{
      .seed = options.seed,
      .limits = {.schedules = options.schedules, .seconds = options.seconds},
      .run = {.max_steps = options.max_steps,
              .detect_races = options.detect_races,
              .plain_accesses = options.plain_accesses},
      .strategy = std::string(options.strategy),
  };
  const harness::exploration_result r =
      harness::can_fuzz() ? harness::fuzz(*contract, exploration) : harness::explore(*contract, exploration);
  if (r.uncontrolled && runtime::deterministic())
    throw std::invalid_argument(
        fmt::format("the contract \"{}\": threads ran, but none of the implementation's operations was seen. "
                    "Compile it with "
                    "-fsanitize=thread and link it with heddle's run-time (CMake: heddle_add_test)",
                    contract->name));
  if (!r.found) return {true, {}, coverage_line(*contract, r), {}, r.schedules, r.distinct_histories};
  if (!runtime::deterministic())
    return {false,
            harness::headline(*contract, r.found->why),
            harness::history_report(*contract, *r.found,
                                    {.seed = options.seed, .schedules_budget = options.schedules}),
            {},
            r.schedules,
            r.distinct_histories};
  const harness::shrunk s = harness::shrink(*contract, *r.found);
  const stored_case stored = store(*contract, s.smallest, options.seed);
  const harness::report_options how{.colour = harness::wants_colour(2),
                                    .seed = options.seed,
                                    .schedules_budget = options.schedules,
                                    .seconds = r.seconds,
                                    .replay_command = stored.replay};
  return {false,
          harness::headline(*contract, s.smallest.why),
          harness::failure_report(*contract, s, how),
          stored.file,
          r.schedules,
          r.distinct_histories};
}

void check(const std::shared_ptr<const contract_definition>& contract, check_options options) {
  check_report report = verify(contract, options);
  if (report.passed) return;
  std::cerr << report.text << std::flush;
  throw violation(report.headline, std::move(report.text));
}

}  // namespace heddle
