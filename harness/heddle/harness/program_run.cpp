#include <algorithm>
#include <mutex>
#include <vector>

#include <heddle/generators/environment.hpp>
#include <heddle/harness/program_run.hpp>
#include <heddle/linearizability/hash.hpp>

namespace heddle::harness {
namespace {

constexpr std::uint32_t no_call = not_returned;

// Everything about the run in progress. The harness's own code runs out of control, so that under the
// deterministic run-time nothing here is interrupted; the mutex is for the back end with real threads.
class program_runner final : public runtime::clock_listener {
 public:
  program_runner(const contract_definition& contract, const program& p, program_run& to)
      : contract_(contract), program_(p), run_(to), subject_(nullptr, [](void*) {}) {
    run_.history.configuration = p.configuration.value();
    current_call_.assign(p.processes.size() + 1, no_call);
    for (std::size_t i = 0; i <= p.processes.size(); ++i) sessions_.push_back(contract.make_session());
  }

  void operator()() {
    {
      const runtime::control_scope on(true);
      subject_ = contract_.make_subject(run_.history.configuration);
    }
    run_.subject_address = reinterpret_cast<std::uintptr_t>(subject_.get());
    runtime::watch(subject_.get(), contract_.subject_bytes);
    process_of_[runtime::self()] = main_process;
    run_prefix();
    run_processes();
    for (const auto& [operation, with] : contract_.epilogue) make_call(main_process, operation, with);
    check_invariants();
    const runtime::control_scope on(true);
    sessions_.clear();
    subject_.reset();
  }

  void clock_advanced(runtime::nanoseconds by) override {
    const std::lock_guard lock(mutex_);
    run_.history.clock_steps.push_back({position_++, static_cast<std::int64_t>(by)});
  }

  // The calling thread's process dies in mid-call.
  void crash() {
    {
      const std::lock_guard lock(mutex_);
      const std::uint32_t index = current_call_[process_of_[runtime::self()]];
      if (index != no_call) run_.history.calls[index].crashed = true;
    }
    runtime::kill_self();
  }

  // Whatever is left after the schedule has ended: objects of an abandoned run are leaked, not destroyed,
  // because their threads were cut off in the middle of using them.
  void finish() {
    for (std::size_t i = 0; i < executions_.size(); ++i)
      if (has_returned(i)) run_.history.calls[i].seen = executions_[i]->observe();
    if (run_.outcome.how == runtime::ending::completed) return;
    for (auto& session : sessions_) static_cast<void>(session.release());
    static_cast<void>(subject_.release());
    for (std::size_t i = 0; i < executions_.size(); ++i)
      if (!has_returned(i)) static_cast<void>(executions_[i].release());
  }

 private:
  bool has_returned(std::size_t call) const { return run_.history.calls[call].returned != not_returned; }

  struct process_start {
    program_runner* runner;
    std::uint32_t process;
  };

  void run_prefix() {
    if (program_.prefix.empty()) return;
    if (!contract_.may_crash) {
      for (const call& c : program_.prefix) make_call(main_process, c.operation, c.with.value());
      return;
    }
    // A call that kills its process must not kill the thread that starts all others.
    process_start start{this, main_process};
    runtime::join(spawn(start, [](void* s) {
      const auto& [runner, process] = *static_cast<process_start*>(s);
      for (const call& c : runner->program_.prefix) runner->make_call(process, c.operation, c.with.value());
    }));
  }

  void run_processes() {
    std::vector<process_start> starts;
    for (std::uint32_t i = 0; i < program_.processes.size(); ++i) starts.push_back({this, i + 1});
    std::vector<runtime::thread_id> threads;
    for (process_start& start : starts)
      threads.push_back(spawn(start, [](void* s) {
        const auto& [runner, process] = *static_cast<process_start*>(s);
        for (const call& c : runner->program_.processes[process - 1])
          runner->make_call(process, c.operation, c.with.value());
      }));
    if (!program_.clock.empty())
      threads.push_back(runtime::spawn([](void* r) { static_cast<program_runner*>(r)->run_clock(); }, this));
    for (const runtime::thread_id t : threads) runtime::join(t);
  }

  runtime::thread_id spawn(process_start& start, void (*body)(void*)) {
    const runtime::thread_id id = runtime::spawn(body, &start);
    process_of_[id] = start.process;
    return id;
  }

  void run_clock() {
    for (const auto& step : program_.clock) {
      const time_step s = step.value();
      if (s.wall_clock_only)
        runtime::step_wall_clock(s.by_ns);
      else
        runtime::advance_clock(static_cast<runtime::nanoseconds>(s.by_ns));
    }
  }

  void make_call(std::uint32_t process, std::uint16_t operation, const arguments& with) {
    // Without this point a call of another process could never fall between two calls of this one.
    runtime::boundary();
    std::uint32_t index = 0;
    execution* prepared = nullptr;
    {
      const std::lock_guard lock(mutex_);
      index = static_cast<std::uint32_t>(run_.history.calls.size());
      run_.history.calls.push_back({process, operation, with, position_++, not_returned, false, {}});
      executions_.push_back(contract_.operations[operation]->prepare(with));
      prepared = executions_.back().get();
      current_call_[process] = index;
    }
    runtime::mark(marker_of_call(index));
    {
      const runtime::control_scope on(true);
      prepared->run(subject_.get(), sessions_[process].get());
    }
    runtime::mark(0);
    const std::lock_guard lock(mutex_);
    run_.history.calls[index].returned = position_++;
    current_call_[process] = no_call;
  }

  void check_invariants() {
    for (const invariant& i : contract_.invariants) {
      const runtime::control_scope on(true);
      if (i.holds(subject_.get())) continue;
      run_.broken_invariant = i.name;
      return;
    }
  }

  const contract_definition& contract_;
  const program& program_;
  program_run& run_;
  std::mutex mutex_;
  std::uint32_t position_ = 0;
  erased_object subject_;
  std::vector<erased_object> sessions_;                  // by process
  std::vector<std::unique_ptr<execution>> executions_;   // by call
  std::vector<std::uint32_t> current_call_;              // by process
  std::uint32_t process_of_[runtime::max_threads] = {};  // by thread
};

program_runner* active = nullptr;

void crash_active() {
  if (active != nullptr) active->crash();
}

std::uint64_t fingerprint_of(const contract_definition& contract, const recorded_history& h) {
  std::uint64_t hash = h.at_rest ? 1 : 2;
  const auto mix = [&hash](std::uint64_t v) { hash = detail::combine(hash, v); };
  for (const recorded_call& c : h.calls) {
    mix(std::uint64_t{c.process} << 32 | c.operation);
    mix(std::uint64_t{c.invoked} << 32 | c.returned);
    mix(contract.operation_of(c).hash_result(c.seen) + (c.crashed ? 1 : 0));
  }
  for (const clock_step& s : h.clock_steps)
    mix(std::uint64_t{s.position} << 48 ^ static_cast<std::uint64_t>(s.by_ns));
  return hash;
}

// A deadlock is none if all who wait are calls that may wait: then the model decides whether they rightly do.
bool rightly_at_rest(const contract_definition& contract, const recorded_history& h) {
  return std::all_of(h.calls.begin(), h.calls.end(), [&](const recorded_call& c) {
    return c.returned != not_returned || c.crashed || contract.operation_of(c).may_block;
  });
}

failure_kind kind_of(runtime::ending how) {
  switch (how) {
    case runtime::ending::completed:
      return failure_kind::none;
    case runtime::ending::deadlock:
      return failure_kind::deadlock;
    case runtime::ending::step_budget:
      return failure_kind::step_budget;
    case runtime::ending::uncaught_exception:
      return failure_kind::uncaught_exception;
    case runtime::ending::aborted:
      return failure_kind::aborted;
    case runtime::ending::crashed:
      return failure_kind::crashed;
    case runtime::ending::stack_overflow:
      return failure_kind::stack_overflow;
    case runtime::ending::use_after_free:
      return failure_kind::use_after_free;
    case runtime::ending::too_many_threads:
      return failure_kind::unusable;
  }
  return failure_kind::unusable;
}

// What is wrong with the run before any model is asked.
failure_kind mechanical_failure(const contract_definition& contract, const program_run& run) {
  if (run.outcome.how == runtime::ending::deadlock && rightly_at_rest(contract, run.history))
    return failure_kind::none;
  return kind_of(run.outcome.how);
}

}  // namespace

program_run run_program(const contract_definition& contract, const program& p, runtime::chooser& decide,
                        const run_options& options) {
  program_run run;
  program_runner runner(contract, p, run);
  active = &runner;
  const crash_handler before = set_crash_handler(crash_active);
  run.outcome = runtime::run(decide,
                             {.max_steps = options.max_steps,
                              .detect_races = options.detect_races,
                              .trace = options.trace,
                              .plain_accesses = options.plain_accesses,
                              .random_seed = options.random_seed},
                             runner, &runner);
  set_crash_handler(before);
  active = nullptr;
  runner.finish();
  run.history.at_rest =
      run.outcome.how == runtime::ending::completed || run.outcome.how == runtime::ending::deadlock;
  run.fingerprint = fingerprint_of(contract, run.history);
  return run;
}

bool needs_model(const contract_definition& contract, const program_run& run) {
  return mechanical_failure(contract, run) == failure_kind::none;
}

failure judge_run(const contract_definition& contract, const program_run& run, bool explain) {
  if (const failure_kind kind = mechanical_failure(contract, run); kind != failure_kind::none)
    return {kind, run.outcome.message, {}};
  // Real time passes unseen by the model: such histories are only watched for crashes and data races.
  const bool judgeable = runtime::deterministic() || !contract.model_keeps_time;
  judgement verdict = judgeable ? contract.decide(contract, run.history, explain) : judgement{};
  if (!verdict.holds) return {failure_kind::condition_violated, verdict.anomaly, std::move(verdict)};
  if (!run.broken_invariant.empty())
    return {failure_kind::invariant_broken, run.broken_invariant, std::move(verdict)};
  if (!run.outcome.races.empty()) return {failure_kind::data_race, {}, std::move(verdict)};
  return {failure_kind::none, {}, std::move(verdict)};
}

}  // namespace heddle::harness
