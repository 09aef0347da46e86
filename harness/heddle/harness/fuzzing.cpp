#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <rapidcheck/Random.h>

#include <heddle/fuzz/driver.hpp>
#include <heddle/harness/fuzzing.hpp>
#include <heddle/harness/strategies/bytes.hpp>

namespace heddle::harness {
namespace {

class byte_reader {
 public:
  explicit byte_reader(std::span<const std::uint8_t> bytes) : rest_(bytes) {}

  std::uint8_t next() {
    if (rest_.empty()) return 0;
    const std::uint8_t byte = rest_.front();
    rest_ = rest_.subspan(1);
    return byte;
  }
  /// In [least, most].
  std::uint32_t number(std::uint32_t least, std::uint32_t most) {
    return least + next() % (std::max(least, most) - least + 1);
  }
  template <class T>
  rc::Shrinkable<T> draw(const rc::Gen<T>& generator) {
    constexpr int size = 100;  // rapidcheck's nominal size: the generator's whole range
    return generator(rc::Random(next()), size);
  }
  std::span<const std::uint8_t> rest() const { return rest_; }

 private:
  std::span<const std::uint8_t> rest_;
};

// Operations of weight 0 are those that programs do not generate.
std::vector<std::uint16_t> generated_operations(const contract_definition& contract) {
  std::vector<std::uint16_t> all;
  for (std::size_t i = 0; i < contract.operations.size(); ++i)
    if (contract.operations[i]->weight > 0) all.push_back(static_cast<std::uint16_t>(i));
  return all;
}

program read_program(const contract_definition& contract, byte_reader& from) {
  const program_shape& shape = contract.shape;
  const std::vector<std::uint16_t> operations = generated_operations(contract);
  program p{from.draw(contract.generate_configuration), {}, {}, {}};
  const std::uint32_t processes = from.number(shape.processes_min, shape.processes_max);
  const std::uint32_t prefix = from.number(0, shape.prefix_max);
  std::vector<std::uint32_t> lengths;
  for (std::uint32_t i = 0; i < processes; ++i) lengths.push_back(from.number(1, shape.calls_max));
  const std::uint32_t steps = contract.generate_time_step ? from.number(0, shape.time_steps_max) : 0;
  const auto read_calls = [&](std::uint32_t count) {
    std::vector<call> calls;
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::uint16_t operation = operations[from.next() % operations.size()];
      calls.push_back({operation, from.draw(contract.operations[operation]->generate())});
    }
    return calls;
  };
  p.prefix = read_calls(prefix);
  for (const std::uint32_t length : lengths) p.processes.push_back(read_calls(length));
  for (std::uint32_t i = 0; i < steps; ++i) p.clock.push_back(from.draw(*contract.generate_time_step));
  return p;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// libFuzzer calls a plain function.
struct fuzzing {
  const contract_definition& contract;
  const exploration_options& options;
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
  exploration_result tally{};
  std::string broken{};  ///< what a generator or the model threw; libFuzzer could not pass it on
};
fuzzing* active = nullptr;
bool driven = false;

bool try_input(std::span<const std::uint8_t> bytes) {
  fuzzing& f = *active;
  ++f.tally.schedules;
  try {
    f.tally.found = fuzz_one(f.contract, bytes, f.options.run);
  } catch (const std::exception& e) {
    f.broken = e.what();
  }
  const double limit = f.options.limits.seconds;
  return f.tally.found || !f.broken.empty() || (limit > 0 && seconds_since(f.start) >= limit);
}

}  // namespace

fuzz_input read_fuzz_input(const contract_definition& contract, std::span<const std::uint8_t> bytes) {
  byte_reader from(bytes);
  program p = read_program(contract, from);
  return {std::move(p), from.rest()};
}

std::optional<counterexample> fuzz_one(const contract_definition& contract,
                                       std::span<const std::uint8_t> input, const run_options& options) {
  fuzz_input given = read_fuzz_input(contract, input);
  bytes by(given.schedule);
  recorder keep(by);
  const program_run run = run_program(contract, given.what, keep, options);
  failure why = judge_run(contract, run, false);
  if (!why) return std::nullopt;
  return counterexample{
      std::move(given.what), keep.take(), options, std::move(why), std::string(by.name()), 1};
}

bool can_fuzz() {
  return heddle::fuzz::can_drive() && !driven;
}

exploration_result fuzz(const contract_definition& contract, const exploration_options& options) {
  driven = true;
  fuzzing f{contract, options};
  active = &f;
  // An empty corpus starts from no bytes; libFuzzer would give up if they already failed.
  if (!try_input({}))
    heddle::fuzz::drive(try_input, options.limits.schedules, static_cast<std::uint32_t>(options.seed));
  active = nullptr;
  if (!f.broken.empty()) throw std::runtime_error(f.broken);
  f.tally.programs = f.tally.schedules;
  f.tally.schedules_by_strategy["bytes"] = f.tally.schedules;
  f.tally.seconds = seconds_since(f.start);
  if (f.tally.found) f.tally.found->schedule_number = f.tally.schedules;
  return f.tally;
}

}  // namespace heddle::harness
