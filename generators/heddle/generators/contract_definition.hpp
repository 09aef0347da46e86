// A contract with its types erased: how to drive an implementation and its model together. Built by
// contract<…> (contract.hpp), consumed by the harness.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <typeindex>
#include <vector>

#include <rapidcheck/Gen.h>

#include <heddle/generators/judgement.hpp>
#include <heddle/generators/operation.hpp>

namespace heddle {

/// Something owned whose type the engine does not know.
using erased_object = std::unique_ptr<void, void (*)(void*)>;

/// A step of the clock in a program.
struct time_step {
  std::int64_t by_ns = 0;
  bool wall_clock_only = false;  ///< only std::chrono::system_clock moves, perhaps backwards
  bool operator==(const time_step&) const = default;
};

/// How large the generated programs are.
struct program_shape {
  std::uint32_t processes_min = 2;
  std::uint32_t processes_max = 3;
  std::uint32_t calls_max = 4;   ///< per process
  std::uint32_t prefix_max = 4;  ///< sequential calls before the processes start
  std::uint32_t time_steps_max = 3;
};

/// Something that must be true of the implementation when every process has finished.
struct invariant {
  std::string name;
  std::function<bool(void* subject)> holds;
};

class contract_definition {
 public:
  contract_definition();
  ~contract_definition();

  std::string name;                           ///< "limiter"
  std::string condition = "linearizable";     ///< what a passing run promises
  std::string violated = "NOT LINEARIZABLE";  ///< headline of a failure
  std::vector<std::unique_ptr<operation>> operations;
  std::vector<std::pair<std::uint16_t, arguments>> epilogue;  ///< calls made when all processes have finished
  std::vector<invariant> invariants;
  program_shape shape;
  const std::type_info* subject_type = nullptr;
  std::size_t subject_bytes = 0;  ///< 0 if it has no state of its own

  /// Configurations; null if there are none.
  rc::Gen<arguments> generate_configuration;
  std::function<value(const arguments&)> describe_configuration;
  std::function<arguments(const value&)> parse_configuration;

  std::function<erased_object(const arguments& configuration)> make_subject;
  std::function<erased_object()> make_session;
  std::function<std::unique_ptr<specification>(const arguments& configuration)> make_specification;

  /// Steps of the clock; unset if the contract has nothing to do with time.
  std::optional<rc::Gen<time_step>> generate_time_step;
  bool model_keeps_time = false;
  bool may_crash = false;  ///< its glue calls crash_this_process() (environment.hpp)

  judge decide;

  /// With several generators, each has the same chance as what was there before it.
  void add_time_steps(rc::Gen<erased_value> nanoseconds, bool wall_clock_only);

  const operation& operation_of(const recorded_call& c) const { return *operations[c.operation]; }
};

}  // namespace heddle
