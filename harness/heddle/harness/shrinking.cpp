#include <chrono>

#include <rapidcheck/Random.h>

#include <heddle/harness/random.hpp>
#include <heddle/harness/shrinking.hpp>
#include <heddle/harness/strategies/pct.hpp>
#include <heddle/harness/strategies/preemption_bounding.hpp>
#include <heddle/harness/strategies/random_walk.hpp>

namespace heddle::harness {
namespace {

constexpr std::uint32_t preemptions_max = 3;

class shrinker {
 public:
  shrinker(const contract_definition& contract, const shrink_options& options)
      : contract_(contract), options_(options), start_(std::chrono::steady_clock::now()) {}

  shrunk run(const counterexample& from) {
    shrunk result{from, describe_size(from.what), switches_of(from), 0, 0, 0, 0};
    descend(result);
    if (auto fewer = with_fewer_threads(result.smallest)) {
      result.smallest = std::move(*fewer);
      descend(result);
    }
    fewest_switches(result);
    result.candidates = candidates_;
    result.schedules = schedules_;
    result.seconds = seconds();
    return result;
  }

 private:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }
  bool spent() const { return steps_ >= options_.steps; }

  // Takes smaller and smaller failing programs until none is left.
  void descend(shrunk& current) {
    for (std::size_t from_candidate = 0; !spent();) {
      const auto taken = step(current, from_candidate);
      if (!taken) return;
      from_candidate = *taken;
    }
  }

  // One bug may show in several ways, and no smaller program need lie below the one that was found: small new
  // programs are tried where three threads or more are left.
  std::optional<counterexample> with_fewer_threads(const counterexample& like) {
    constexpr int programs_tried = 100;
    constexpr int small = 30;  // of rapidcheck's sizes, which go to 100
    constexpr std::uint64_t schedules_each = 60;
    const std::size_t threads = like.what.processes.size();
    if (threads <= 2) return std::nullopt;
    const rc::Gen<program> generate = programs(contract_);
    for (std::uint64_t i = 0; i < programs_tried && !spent(); ++i) {
      program p = generate(rc::Random(derive_seed(0xfe3e5, i)), small).value();
      if (p.processes.size() >= threads) p.processes.resize(threads - 1);
      auto searched = explore_exhaustively(contract_, p, like.run, 2, schedules_each, like.why.kind);
      schedules_ += searched.schedules;
      steps_ += searched.steps;
      if (searched.found) return keep_origin(std::move(*searched.found), like);
    }
    return std::nullopt;
  }

  // Replaces the counterexample by the first smaller one that fails too; its place among the candidates, or
  // nothing if there is none. Begins at the place of the last one that failed: those before it did not, and
  // seldom do now.
  std::optional<std::size_t> step(shrunk& current, std::size_t from_candidate) {
    std::size_t place = 0;
    for (auto candidates = smaller_programs(current.smallest.what); auto candidate = candidates.next();
         ++place)
      if (place >= from_candidate && take_if_failing(*candidate, current)) return place;
    place = 0;
    for (auto candidates = smaller_programs(current.smallest.what); place < from_candidate; ++place) {
      auto candidate = candidates.next();
      if (!candidate) break;
      if (take_if_failing(*candidate, current)) return place;
    }
    return std::nullopt;
  }

  bool take_if_failing(const program& candidate, shrunk& current) {
    if (spent()) return false;
    ++candidates_;
    auto failing = fails(candidate, current.smallest);
    if (!failing) return false;
    current.smallest = std::move(*failing);
    return true;
  }

  std::optional<counterexample> fails(const program& candidate, const counterexample& like) {
    replayer as_before(like.how);
    if (auto failing = fails_under(candidate, as_before, like)) return failing;
    auto searched = explore_exhaustively(contract_, candidate, like.run, preemptions_max,
                                         options_.schedules_per_candidate, like.why.kind);
    schedules_ += searched.schedules;
    steps_ += searched.steps;
    if (searched.found) return keep_origin(std::move(*searched.found), like);
    if (searched.complete) return std::nullopt;
    return fails_at_random(candidate, like);
  }

  std::optional<counterexample> fails_at_random(const program& candidate, const counterexample& like) {
    random_walk walk;
    pct priorities(3);
    for (std::uint64_t i = 0; i < options_.schedules_per_candidate / 4; ++i) {
      strategy& by = i % 2 == 0 ? static_cast<strategy&>(walk) : priorities;
      by.begin(derive_seed(0x5411, i));
      if (auto failing = fails_under(candidate, by, like, &by)) return failing;
    }
    return std::nullopt;
  }

  // `learning` is told how the schedule ended.
  std::optional<counterexample> fails_under(const program& candidate, runtime::chooser& by,
                                            const counterexample& like, strategy* learning = nullptr) {
    recorder keep(by);
    const program_run run = run_program(contract_, candidate, keep, like.run);
    if (learning != nullptr) learning->end(run.outcome);
    ++schedules_;
    steps_ += run.outcome.steps;
    failure f = judge_run(contract_, run, false);
    if (f.kind != like.why.kind) return std::nullopt;
    return keep_origin({candidate, keep.take(), like.run, std::move(f), {}, 0}, like);
  }

  static counterexample keep_origin(counterexample smaller, const counterexample& like) {
    smaller.strategy = like.strategy;
    smaller.schedule_number = like.schedule_number;
    return smaller;
  }

  // All schedules with as few preemptions as fail at all; of those the one with the fewest switches.
  void fewest_switches(shrunk& result) {
    preemption_bounding all(preemptions_max);
    const counterexample& like = result.smallest;
    std::optional<counterexample> best;
    std::uint32_t best_switches = 0;
    std::uint32_t best_bound = 0;
    for (std::uint64_t i = 0; i < options_.final_schedules && !all.exhausted(); ++i) {
      if (best && all.bound() > best_bound) break;
      if (steps_ > 2 * options_.steps) break;
      all.begin(0);
      recorder keep(all);
      const std::uint32_t bound = all.bound();
      const program_run run = run_program(contract_, like.what, keep, like.run);
      all.end(run.outcome);
      ++schedules_;
      steps_ += run.outcome.steps;
      const auto switches = static_cast<std::uint32_t>(run.outcome.switches);
      if (best && switches >= best_switches) continue;
      failure f = judge_run(contract_, run, false);
      if (f.kind != like.why.kind) continue;
      best = keep_origin({like.what, keep.take(), like.run, std::move(f), {}, 0}, like);
      best_switches = switches;
      best_bound = bound;
    }
    if (best) result.smallest = std::move(*best);
    result.switches = switches_of(result.smallest);
  }

  // Switches between the threads of the program, once all of them have been started.
  std::uint32_t switches_of(const counterexample& c) {
    replayer again(c.how);
    run_options traced = c.run;
    traced.trace = true;
    const program_run run = run_program(contract_, c.what, again, traced);
    std::uint32_t switches = 0;
    runtime::thread_id last = runtime::no_thread;
    for (const runtime::event& e : run.outcome.trace) {
      if (e.marker == 0 || e.thread == runtime::clock_thread) continue;
      if (run.history.calls[e.marker - 1].process == main_process) continue;
      if (last != runtime::no_thread && e.thread != last) ++switches;
      last = e.thread;
    }
    return switches;
  }

  const contract_definition& contract_;
  const shrink_options& options_;
  std::chrono::steady_clock::time_point start_;
  std::uint64_t candidates_ = 0;
  std::uint64_t schedules_ = 0;
  std::uint64_t steps_ = 0;
};

}  // namespace

shrunk shrink(const contract_definition& contract, const counterexample& from,
              const shrink_options& options) {
  return shrinker(contract, options).run(from);
}

}  // namespace heddle::harness
