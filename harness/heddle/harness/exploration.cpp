#include <algorithm>
#include <chrono>
#include <memory>
#include <unordered_set>
#include <vector>

#include <rapidcheck/Random.h>

#include <heddle/harness/exploration.hpp>
#include <heddle/harness/random.hpp>
#include <heddle/harness/strategies.hpp>
#include <heddle/harness/strategies/pct.hpp>
#include <heddle/harness/strategies/preemption_bounding.hpp>
#include <heddle/harness/strategies/random_walk.hpp>

namespace heddle::harness {
namespace {

constexpr std::uint32_t bound_in_portfolio = 2;  // preemptions, of the exhaustive member

// No strategy dominates (docs/exploring.md): they take turns, unless one is asked for by name.
class portfolio {
 public:
  explicit portfolio(const std::string& only) {
    if (!only.empty()) {
      members_.push_back(make_strategy(only));
      return;
    }
    members_.push_back(std::make_unique<random_walk>());
    members_.push_back(std::make_unique<pct>(2));
    members_.push_back(std::make_unique<pct>(3));
    members_.push_back(std::make_unique<preemption_bounding>(bound_in_portfolio));
  }

  strategy& next() {
    strategy* s = members_[turn_++ % members_.size()].get();
    return s->exhausted() ? *members_.front() : *s;
  }

  /// There is nothing new to be had: every schedule there is was run, or all that the first member knows.
  bool exhausted() const { return members_.front()->exhausted() || space_exhausted(); }
  /// Every schedule there is was run.
  bool space_exhausted() const { return members_.back()->complete(); }

 private:
  std::vector<std::unique_ptr<strategy>> members_;
  std::size_t turn_ = 0;
};

class stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// Judges runs of one program; equal histories once.
class program_judge {
 public:
  explicit program_judge(const contract_definition& contract) : contract_(contract) {}

  failure judge(const program_run& run, exploration_result& tally) {
    const bool plain_case =
        needs_model(contract_, run) && run.broken_invariant.empty() && run.outcome.races.empty();
    if (plain_case && !seen_.insert(run.fingerprint).second) return {};
    ++tally.distinct_histories;
    failure f = judge_run(contract_, run, false);
    if (!f.verdict.decided) ++tally.undecided;
    tally.reached.insert(f.verdict.reached.begin(), f.verdict.reached.end());
    return f;
  }

 private:
  const contract_definition& contract_;
  std::unordered_set<std::uint64_t> seen_;
};

struct recorded_run {
  program_run run;
  schedule made;
};

recorded_run run_recorded(const contract_definition& contract, const program& p, strategy& by,
                          std::uint64_t seed, const run_options& options) {
  by.begin(seed);
  recorder keep(by);
  recorded_run r{run_program(contract, p, keep, options), {}};
  by.end(r.run.outcome);
  r.made = keep.take();
  return r;
}

// The same schedule again must do the same; a first run may differ because it initialised function-local
// statics.
bool is_deterministic(const contract_definition& contract, const program& p, const schedule& made,
                      const run_options& options) {
  std::uint64_t hashes[2];
  for (std::uint64_t& hash : hashes) {
    replayer again(made);
    hash = run_program(contract, p, again, options).outcome.hash;
  }
  return hashes[0] == hashes[1];
}

// One program under the portfolio. Adds to the tally; fills in `found`.
void search_program(const contract_definition& contract, const program& p, const exploration_options& options,
                    std::uint64_t schedules, std::uint64_t seed, bool check_determinism,
                    exploration_result& tally) {
  portfolio strategies(options.strategy);
  program_judge judge(contract);
  for (std::uint64_t i = 0; i < schedules && !strategies.exhausted(); ++i) {
    strategy& by = strategies.next();
    recorded_run r = run_recorded(contract, p, by, derive_seed(seed, i), options.run);
    ++tally.schedules;
    ++tally.schedules_by_strategy[std::string(by.name())];
    tally.steps += r.run.outcome.steps;
    tally.component_operations +=
        contract.subject_bytes == 0 ? r.run.outcome.component_steps : r.run.outcome.component_operations;
    failure f = judge.judge(r.run, tally);
    if (!f && check_determinism && i == 0 && runtime::deterministic() &&
        !is_deterministic(contract, p, r.made, options.run))
      f.kind = failure_kind::nondeterminism;
    if (!f) continue;
    tally.found = counterexample{
        p, std::move(r.made), options.run, std::move(f), std::string(by.name()), tally.schedules};
    return;
  }
  if (strategies.space_exhausted()) ++tally.programs_exhausted;
}

// Sizes alternate: small programs show most bugs soonest, large ones show the rest.
int size_of_program(std::uint64_t index) {
  constexpr std::uint64_t period = 16;
  constexpr std::uint64_t stride = 7;  // coprime to the period: all sizes occur, near ones far apart
  return 10 + static_cast<int>(index * stride % period) * 90 / static_cast<int>(period - 1);
}

program program_number(const rc::Gen<program>& generate, std::uint64_t seed, std::uint64_t index) {
  return generate(rc::Random(seed), size_of_program(index)).value();
}

// A data race is undefined behaviour and a failure by itself, but a wrong history says more. With plain
// accesses as scheduling points the race may show one, in this program or another.
std::optional<counterexample> worse_than_race(const contract_definition& contract,
                                              const exploration_options& options) {
  constexpr std::uint64_t programs_tried = 48;
  constexpr std::uint64_t schedules_each = 40;
  run_options fine = options.run;
  fine.plain_accesses = true;
  fine.max_steps *= 4;
  const rc::Gen<program> generate = programs(contract);
  for (std::uint64_t i = 0; i < programs_tried; ++i) {
    const std::uint64_t seed = derive_seed(options.seed, i);
    const program p = program_number(generate, seed, i);
    portfolio strategies(options.strategy);
    for (std::uint64_t k = 0; k < schedules_each && !strategies.exhausted(); ++k) {
      strategy& by = strategies.next();
      recorded_run r = run_recorded(contract, p, by, derive_seed(seed, k), fine);
      failure f = judge_run(contract, r.run, false);
      if (f && f.kind != failure_kind::data_race && f.kind != failure_kind::step_budget)
        return counterexample{p, std::move(r.made), fine, std::move(f), std::string(by.name()), 0};
    }
  }
  return std::nullopt;
}

}  // namespace

exploration_result explore(const contract_definition& contract, const exploration_options& options,
                           const progress& tell) {
  constexpr std::uint64_t determinism_every = 16;  // programs
  const stopwatch clock;
  exploration_result tally;
  const rc::Gen<program> generate = programs(contract);
  bool concurrent = false;
  while (!tally.found && tally.schedules < options.limits.schedules) {
    if (options.limits.seconds > 0 && clock.seconds() >= options.limits.seconds) break;
    const std::uint64_t seed = derive_seed(options.seed, tally.programs);
    const program p = program_number(generate, seed, tally.programs);
    const std::uint64_t left = options.limits.schedules - tally.schedules;
    search_program(contract, p, options, std::min<std::uint64_t>(options.limits.schedules_per_program, left),
                   seed, tally.programs % determinism_every == 0, tally);
    concurrent |= p.processes.size() > 1;
    ++tally.programs;
    tally.seconds = clock.seconds();
    if (tell) tell(tally);
  }
  if (tally.found && tally.found->why.kind == failure_kind::data_race && runtime::deterministic())
    if (auto worse = worse_than_race(contract, options)) {
      worse->schedule_number = tally.schedules;
      tally.found = std::move(worse);
    }
  tally.seconds = clock.seconds();
  tally.uncontrolled = concurrent && tally.component_operations == 0;
  return tally;
}

exploration_result explore_program(const contract_definition& contract, const program& p,
                                   const exploration_options& options) {
  const stopwatch clock;
  exploration_result tally;
  search_program(contract, p, options, options.limits.schedules, options.seed, false, tally);
  tally.programs = 1;
  tally.seconds = clock.seconds();
  return tally;
}

exhaustive_result explore_exhaustively(const contract_definition& contract, const program& p,
                                       const run_options& run, std::uint32_t preemptions_max,
                                       std::uint64_t schedules_max, failure_kind wanted) {
  preemption_bounding all(preemptions_max);
  program_judge judge(contract);
  exploration_result ignored;
  exhaustive_result result;
  while (result.schedules < schedules_max && !all.exhausted()) {
    recorded_run r = run_recorded(contract, p, all, 0, run);
    ++result.schedules;
    result.steps += r.run.outcome.steps;
    failure f = judge.judge(r.run, ignored);
    if (!f || (wanted != failure_kind::none && f.kind != wanted)) continue;
    result.found =
        counterexample{p, std::move(r.made), run, std::move(f), std::string(all.name()), result.schedules};
    return result;
  }
  result.complete = all.complete();
  return result;
}

}  // namespace heddle::harness
